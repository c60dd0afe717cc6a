/** Example pictures, drawn here: three scenes, and changed copies of them that a model of images should find. */

const [WIDTH, HEIGHT] = [320, 240];

/** @typedef {(context: CanvasRenderingContext2D) => void} Drawing */

/** @type {Drawing} */
function evening(context) {
  sky(context, ["#26335c", "#c9566b", "#f7b267"]);
  disc(context, 220, 120, 34, "#ffe3a3");
  hills(context, ["#7a3e5e", "#4a2b4d", "#2a1c36"], 130);
}

/** @type {Drawing} */
function sea(context) {
  sky(context, ["#9fd3e8", "#dff1f5", "#fdf6e3"]);
  context.fillStyle = "#1f6f8b";
  context.fillRect(0, 130, WIDTH, HEIGHT);
  for (let row = 0; row < 6; row++) wave(context, 140 + row * 18, row % 2 === 0 ? "#2b86a3" : "#185a73");
  sail(context, 90, 135);
}

/** @type {Drawing} */
function forest(context) {
  sky(context, ["#cfe8d5", "#e9f5db", "#f3f6e4"]);
  hills(context, ["#8fb996", "#6a994e"], 150);
  for (let tree = 0; tree < 9; tree++) fir(context, 10 + tree * 38, 225 - (tree % 3) * 12, 70 + (tree % 4) * 18);
}

/** @type {Drawing} */
function mirroredEvening(context) {
  context.translate(WIDTH, 0);
  context.scale(-1, 1);
  evening(context);
}

/** @type {Drawing} */
function turnedSea(context) {
  context.translate(WIDTH / 2, HEIGHT / 2);
  context.rotate(0.12);
  context.translate(-WIDTH / 2, -HEIGHT / 2);
  sea(context);
}

const DRAWN = Object.freeze([
  { name: "evening.png", draw: evening, size: 1 },
  { name: "evening, half the size.png", draw: evening, size: 0.5 },
  { name: "evening, mirrored.png", draw: mirroredEvening, size: 1 },
  { name: "sea.png", draw: sea, size: 1 },
  { name: "sea, turned.png", draw: turnedSea, size: 1 },
  { name: "forest.png", draw: forest, size: 1 },
]);

/** @returns {Promise<import("./examples.js").Draft[]>} */
export async function pictures() {
  return DRAWN.map(({ name, draw, size }) => ({ name, text: "", image: drawn(draw, size) }));
}

/**
 * @param {Drawing} draw
 * @param {number} size
 * @returns {string} a data URL
 */
function drawn(draw, size) {
  const canvas = Object.assign(document.createElement("canvas"), { width: WIDTH * size, height: HEIGHT * size });
  const context = canvas.getContext("2d");
  if (!context) throw new Error("this browser draws on no canvas");
  context.scale(size, size);
  draw(context);
  return canvas.toDataURL("image/png");
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {string[]} colours From the top down.
 */
function sky(context, colours) {
  const gradient = context.createLinearGradient(0, 0, 0, HEIGHT * 0.7);
  colours.forEach((colour, i) => gradient.addColorStop(i / (colours.length - 1), colour));
  context.fillStyle = gradient;
  context.fillRect(0, 0, WIDTH, HEIGHT);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 * @param {number} radius
 * @param {string} colour
 */
function disc(context, x, y, radius, colour) {
  context.fillStyle = colour;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {string[]} colours From the back to the front.
 * @param {number} top
 */
function hills(context, colours, top) {
  colours.forEach((colour, row) => {
    const crest = top + row * 34;
    context.fillStyle = colour;
    context.beginPath();
    context.moveTo(0, HEIGHT);
    for (let x = 0; x <= WIDTH; x += 8) context.lineTo(x, crest + 18 * Math.sin(x / 46 + row * 2));
    context.lineTo(WIDTH, HEIGHT);
    context.fill();
  });
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} y
 * @param {string} colour
 */
function wave(context, y, colour) {
  context.strokeStyle = colour;
  context.lineWidth = 5;
  context.beginPath();
  for (let x = 0; x <= WIDTH; x += 4) context.lineTo(x, y + 4 * Math.sin(x / 14 + y));
  context.stroke();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 */
function sail(context, x, y) {
  context.fillStyle = "#fdfdf8";
  context.fill(new Path2D(`M${x} ${y - 80} L${x + 50} ${y} L${x} ${y} Z`));
  context.fillStyle = "#7b3f2a";
  context.fill(new Path2D(`M${x - 34} ${y} L${x + 58} ${y} L${x + 42} ${y + 18} L${x - 20} ${y + 18} Z`));
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 * @param {number} height
 */
function fir(context, x, y, height) {
  context.fillStyle = "#386641";
  context.fill(new Path2D(`M${x} ${y - height} L${x + height / 3} ${y} L${x - height / 3} ${y} Z`));
}
