"""A proxy between our client and an org that keeps every exchange as it was and changes none."""

import http.client
import select
import socket
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

# What belongs to one connection and is not passed on.
HOP = {"connection", "keep-alive", "transfer-encoding", "te", "upgrade", "proxy-connection"}


@dataclass
class Exchange:
    method: str
    path: str
    query: list
    body: bytes
    status: int
    answer: bytes

    def __str__(self):
        return f"{self.method} {self.path} {self.status}"


class Recorder:
    """From `with` to its end a place in front of `org`; guest sockets go through as they are."""

    def __init__(self, org):
        self.exchanges = []
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def _pass_on(self):
                if "upgrade" in self.headers.get("Connection", "").lower():
                    return tunnel(self, org.port)
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                upstream = http.client.HTTPConnection("127.0.0.1", org.port, timeout=60)
                headers = {k: v for k, v in self.headers.items() if k.lower() not in HOP}
                upstream.request(self.command, self.path, body or None, headers)
                answer = upstream.getresponse()
                data = answer.read()
                upstream.close()
                url = urlsplit(self.path)
                query = parse_qsl(url.query, keep_blank_values=True)
                # Kept before it is answered: whoever has the answer finds it here.
                recorder.exchanges.append(Exchange(self.command, url.path, query, body, answer.status, data))
                self.send_response_only(answer.status, answer.reason)
                for name, value in answer.getheaders():
                    if name.lower() not in HOP | {"content-length"}:
                        self.send_header(name, value)
                if answer.status != 204:
                    self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _pass_on

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()


def tunnel(handler, port):
    """A connection that becomes another protocol: bytes both ways until either side ends."""
    with socket.create_connection(("127.0.0.1", port)) as upstream:
        head = [handler.requestline, *(f"{name}: {value}" for name, value in handler.headers.items()), "", ""]
        upstream.sendall("\r\n".join(head).encode("latin-1"))
        ends = {handler.connection: upstream, upstream: handler.connection}
        while True:
            for end in select.select(list(ends), [], [])[0]:
                data = end.recv(65_536)
                if not data:
                    handler.close_connection = True
                    return
                ends[end].sendall(data)
