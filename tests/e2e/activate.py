"""activate.py NOTIFY ADDRESS REQUEST PROGRAM...: starts a server as systemd does, with a socket that listens
at ADDRESS (a path, or HOST:PORT) and with a socket for its notices at NOTIFY. Prints the first notice, the
first three bytes of a reply to REQUEST, the notice when it is told to end, its exit status, and whether the
socket's file is still there."""
import os
import signal
import socket
import sys

notify, address, request = sys.argv[1:4]
command = sys.argv[4:]
family = socket.AF_UNIX if '/' in address else socket.AF_INET
where = address if family == socket.AF_UNIX else (address.split(':')[0], int(address.split(':')[1]))

notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
notices.bind(notify)
os.chmod(notify, 0o666)
notices.settimeout(60)
listener = socket.socket(family)
listener.bind(where)
listener.listen(5)
server = os.fork()
if server == 0:
    os.dup2(listener.fileno(), 3)
    os.set_inheritable(3, True)
    os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1', NOTIFY_SOCKET=notify)
    os.execv(command[0], command)
print(notices.recv(100).decode())
client = socket.socket(family)
client.settimeout(60)
client.connect(where)
client.sendall(request.encode().decode('unicode_escape').encode())
print(client.recv(3).decode())
client.close()
os.kill(server, signal.SIGTERM)
print(notices.recv(100).decode())
print(os.waitstatus_to_exitcode(os.waitpid(server, 0)[1]))
if family == socket.AF_UNIX:
    print(os.path.exists(address))
