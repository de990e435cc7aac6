# Answers with its name; where there is a file /data/ill with 500, but for its checks.
import os
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Answers(BaseHTTPRequestHandler):
    def do_GET(self):
        is_ill = self.path != '/healthz' and os.path.exists('/data/ill')
        body = os.environ['HOSTNAME'].encode()
        self.send_response(500 if is_ill else 200)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(ThreadingHTTPServer):
    # Linux takes clients of IPv4 there too.
    address_family = socket.AF_INET6


Server(('::', 8081), Answers).serve_forever()
