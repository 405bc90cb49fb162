#!/usr/bin/python3
"""Answers mda and Postfix from texts: socketmap.py SOCKET NAME=FILE...

Each request is a netstring "NAME KEY", and each answer one of "OK VALUE", "NOTFOUND " or
"TEMP reason" (socketmap_table(5)). The texts are read anew for each request.
"""
import os
import socketserver
import sys


def look_up(path, key):
    with open(path, encoding="utf-8") as text:
        for line in text:
            words = line.split(None, 1)
            if words and not line.startswith("#") and words[0].lower() == key.lower():
                return words[1].strip() if len(words) > 1 else ""
    return None


def answer(tables, request):
    name, _, key = request.partition(" ")
    if name not in tables:
        return "PERM there is no table " + name
    try:
        value = look_up(tables[name], key)
    except OSError as error:
        return "TEMP " + str(error)
    return "NOTFOUND " if value is None else "OK " + value


class Client(socketserver.StreamRequestHandler):
    def handle(self):
        while True:
            length = b""
            while not length.endswith(b":"):
                byte = self.rfile.read(1)
                if not byte or len(length) > 6:
                    return
                length += byte
            request = self.rfile.read(int(length[:-1]) + 1)[:-1].decode()
            reply = answer(self.server.tables, request).encode()
            self.wfile.write(b"%d:%s," % (len(reply), reply))


class Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


if __name__ == "__main__":
    path = sys.argv[1]
    if os.path.exists(path):
        os.remove(path)
    server = Server(path, Client)
    os.chmod(path, 0o666)  # it answers anybody on this machine
    server.tables = dict(word.split("=", 1) for word in sys.argv[2:])
    server.serve_forever()
