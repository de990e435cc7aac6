"""SCTP by raw sockets, as far as these tests need it: the kernel need not have SCTP sockets.

sctp-peer.py pods ADDRESS,... PORT...        answers every association with the port it came to
sctp-peer.py ask FROM TO PORT SOURCE-PORT    a whole association; prints its answer
sctp-peer.py talk FROM TO PORT SOURCE-PORT   the same, then asks again for every line of its input

An answer is a port, `refused` after an ICMP error, `aborted`, or `none`.
"""
import select
import socket
import struct
import sys

SCTP = 132
DATA, INIT, INIT_ACK, ABORT, COOKIE_ECHO, COOKIE_ACK = 0, 1, 2, 6, 10, 11
WAIT_SECONDS = 1.5


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def chunk(kind, body, flags=0):
    length = 4 + len(body)
    return struct.pack('!BBH', kind, flags, length) + body + bytes(-length % 4)


def packet(source, target, tag, chunks):
    head = struct.pack('!HHI', source, target, tag)
    return head + struct.pack('<I', crc32c(head + bytes(4) + chunks)) + chunks


def init(kind, tag, cookie=b''):
    parameters = struct.pack('!HH', 7, 4 + len(cookie)) + cookie if cookie else b''
    return chunk(kind, struct.pack('!IIHHI', tag, 65536, 1, 1, 1) + parameters)


def data(text):
    return chunk(DATA, struct.pack('!IHHI', 1, 0, 0, 0) + text.encode(), 3)


def opened(address):
    family = socket.AF_INET6 if ':' in address else socket.AF_INET
    raw = socket.socket(family, socket.SOCK_RAW, SCTP)
    raw.bind((address, 0))
    return raw


def refused(raw, ports):
    """Whether an ICMP error is about these ports: a raw socket hears of those of all others."""
    try:
        quoted = raw.recvmsg(65536, 512, socket.MSG_ERRQUEUE)[0]
    except BlockingIOError:
        return False
    return struct.unpack('!HH', quoted[:4]) == ports


def received(raw):
    """Source, ports, first chunk and its body; None for what is broken."""
    bytes_, source = raw.recvfrom(65536)
    if raw.family == socket.AF_INET:
        bytes_ = bytes_[(bytes_[0] & 15) * 4:]
    source_port, port, _ = struct.unpack('!HHI', bytes_[:8])
    sum_ = struct.pack('<I', crc32c(bytes_[:8] + bytes(4) + bytes_[12:]))
    if sum_ != bytes_[8:12]:
        return None
    length = struct.unpack('!H', bytes_[14:16])[0]
    return source, source_port, port, bytes_[12], bytes_[16:12 + length]


def pods(addresses, ports):
    sockets = [opened(address) for address in addresses]
    tags = {}
    while True:
        for raw in select.select(sockets, [], [])[0]:
            got = received(raw)
            if got is None or got[2] not in ports:
                continue
            source, source_port, port, kind, body = got
            client = (source[0], source_port, port)
            if kind == INIT:
                tags[client] = struct.unpack('!I', body[:4])[0]
                answer = init(INIT_ACK, 0x1000 + port, b'cookie00')
            elif kind == COOKIE_ECHO:
                answer = chunk(COOKIE_ACK, b'')
            elif kind == DATA:
                answer = data(str(port))
            else:
                continue
            # An association of another pod, or of another way here, is none of this one.
            if client not in tags:
                answer = chunk(ABORT, b'', 1)
            raw.sendto(packet(port, source_port, tags.get(client, 0x1000 + port), answer), source)


class Association:
    def __init__(self, source, target, port, source_port):
        self.raw = opened(source)
        self.raw.connect((target, 0))
        v4 = self.raw.family == socket.AF_INET
        level, option = (socket.IPPROTO_IP, 11) if v4 else (socket.IPPROTO_IPV6, 25)
        self.raw.setsockopt(level, option, 1)  # IP_RECVERR, IPV6_RECVERR
        self.raw.setblocking(False)
        self.ports = (source_port, port)
        self.tag = 0

    def exchange(self, chunks, wanted):
        source_port, port = self.ports
        self.sent(packet(source_port, port, self.tag, chunks))
        while select.select([self.raw], [], [], WAIT_SECONDS)[0]:
            try:
                got = received(self.raw)
            except OSError:
                if refused(self.raw, self.ports):
                    return 'refused'
                continue
            if got is None or got[1:3] != (port, source_port):
                continue
            if got[3] == ABORT:
                return 'aborted'
            if got[3] == wanted:
                return got[4]
        return 'none'

    def sent(self, bytes_):
        """An error of another association is reported once, instead of sending."""
        try:
            self.raw.send(bytes_)
        except OSError:
            refused(self.raw, self.ports)
            self.raw.send(bytes_)

    def began(self):
        answer = self.exchange(init(INIT, 0x2000), INIT_ACK)
        if isinstance(answer, str):
            return answer
        self.tag = struct.unpack('!I', answer[:4])[0]
        answer = self.exchange(chunk(COOKIE_ECHO, b'cookie00'), COOKIE_ACK)
        return answer if isinstance(answer, str) else self.asked()

    def asked(self):
        answer = self.exchange(data('who?'), DATA)
        return answer if isinstance(answer, str) else answer[12:].decode()


mode, *words = sys.argv[1:]
if mode == 'pods':
    pods(words[0].split(','), [int(word) for word in words[1:]])
association = Association(words[0], words[1], int(words[2]), int(words[3]))
print(association.began(), flush=True)
if mode == 'talk':
    for _ in sys.stdin:
        print(association.asked(), flush=True)
