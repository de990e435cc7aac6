# Tells each client the common name of its certificate, as the PROXY header of version 2 in front of
# its bytes has it: HAProxy's proxy-protocol.txt, sections 2.2 and 2.2.6.
import socket
import struct
from socketserver import StreamRequestHandler, ThreadingTCPServer

addressBytes = {0x11: 12, 0x21: 36}
typeTls, typeCommonName = 0x20, 0x22


def values(data):
    found = {}
    while data:
        kind, length = struct.unpack('!BH', data[:3])
        found[kind] = data[3 : 3 + length]
        data = data[3 + length :]
    return found


class Tells(StreamRequestHandler):
    def handle(self):
        _, _, family, length = struct.unpack('!12sBBH', self.rfile.read(16))
        more = self.rfile.read(length)
        # A byte of flags and four of the verification's result come before the rest of TLS.
        tls = values(more[addressBytes.get(family, 0) :]).get(typeTls, b'')[5:]
        self.wfile.write(b'CN=' + values(tls).get(typeCommonName, b'') + b'\n')


class Server(ThreadingTCPServer):
    # Linux takes clients of IPv4 there too.
    address_family = socket.AF_INET6


Server(('::', 8080), Tells).serve_forever()
