# Serves its clients with its name. What its checks hear is a file, /data/says: a status, and after
# it the body; but for those that ask in another way, who hear 400. Words: the port, and the method
# and the Host header of a check.
import os
import socket
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

port, method, host = sys.argv[1:]


def said():
    with open('/data/says') as file:
        status, _, body = file.read().strip().partition(' ')
    return int(status), body


class Answers(BaseHTTPRequestHandler):
    def answer(self):
        status, body = 200, os.environ['HOSTNAME']
        if self.path == '/healthz':
            is_as_agreed = self.command == method and self.headers.get('Host', '') == host
            status, body = said() if is_as_agreed else (400, '')
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body.encode())

    do_GET = do_HEAD = do_OPTIONS = answer


class Server(ThreadingHTTPServer):
    # Linux takes clients of IPv4 there too.
    address_family = socket.AF_INET6


Server(('::', int(port)), Answers).serve_forever()
