"""A server that keeps what it is sent, so that what vendors' clients send need not be typed in by hand."""

import http.server
import json
import threading

from onevec.testing import FakeEmbedder
from onevec.wires import WIRES, Outgoing, Wire


class Recorder:
    """A server of one wire over a fake embedder; it keeps the path, headers and body of every request."""

    def __init__(self, wire, dimensions=16):
        self.calls = []
        self.error = None
        recorder, embedder, dialect = self, FakeEmbedder(dimensions), wire if isinstance(wire, Wire) else WIRES[wire]

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                recorder.calls.append((self.path, headers, json.loads(body)))
                if recorder.error is not None:
                    reply = dialect.encode_error(recorder.error)
                    return self.answer(reply.status, reply.headers, reply.body)
                asked = dialect.decode_request(body, headers, dialect.model_of(self.path))
                result = embedder.embed(asked)
                answered = dialect.encode_reply(Outgoing(result, asked, 1.0))
                sent = {"content-type": "application/json", **dialect.reply_headers(result)}
                return self.answer(200, sent, answered)

            def answer(self, status, headers, body):
                self.send_response(status)
                for name, value in {**headers, "content-length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
