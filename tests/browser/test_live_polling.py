"""How often the live panel asks, by a clock that stands still until it is told to go."""

import pytest

POLLED = """async (outcome) => {
    const { poll } = await import("/playground/live/polling.js");
    window.begun = []; window.told = []; window.ends = [];
    const outcomes = {
        good: () => Promise.resolve(),
        down: () => Promise.reject("down"),
        never: () => new Promise((end) => ends.push(end)),
    };
    const once = () => { begun.push(Math.round(performance.now() / 1e3)); return outcomes[outcome](); };
    window.stop = poll(once, 2, (error, wait) => told.push([error, wait]));
}"""

HIDE = """(hidden) => {
    Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.fixture
def timed(browser, server):
    """A page whose clock stands still until it is told to go."""
    page = browser.new_page(base_url=server)
    page.clock.install(time=0)
    page.goto("/playground/live/polling.js")
    page.clock.pause_at(1000)
    yield page
    page.close()


def begun(page):
    """When polling began something, after its first time."""
    times = page.evaluate("begun")
    return [time - times[0] for time in times]


def test_polling_waits_longer_after_each_failure(timed):
    timed.evaluate(POLLED, "down")
    timed.clock.run_for(100_000)
    assert begun(timed) == [0, 4, 12, 28, 58, 88]
    assert timed.evaluate("told") == [["down", wait] for wait in (4, 8, 16, 30, 30, 30)]


def test_polling_does_one_thing_at_a_time(timed):
    timed.evaluate(POLLED, "never")
    timed.clock.run_for(20_000)
    timed.evaluate(HIDE, False)
    assert begun(timed) == [0]
    timed.evaluate("ends.pop()()")
    timed.clock.run_for(2_000)
    assert begun(timed) == [0, 22]


def test_polling_pauses_while_the_tab_is_hidden(timed):
    timed.evaluate(POLLED, "good")
    timed.clock.run_for(5_000)
    timed.evaluate(HIDE, True)
    timed.clock.run_for(60_000)
    assert begun(timed) == [0, 2, 4]
    timed.evaluate(HIDE, False)
    timed.clock.run_for(3_000)
    assert begun(timed) == [0, 2, 4, 65, 67]
    timed.evaluate("stop()")
    timed.clock.run_for(60_000)
    timed.evaluate(HIDE, False)
    assert begun(timed) == [0, 2, 4, 65, 67]
