"""Asks postgrey and mda-greyd the same, with the clock of a file, and compares what they answer.

grey_peer.py CLOCK PEER-PORT OUR-PORT table FILE
grey_peer.py CLOCK PEER-PORT OUR-PORT chance SEED COUNT
"""
import random
import re
import socket
import sys

DAY = 86400
START = 1767571200  # Monday, 2026-01-05
clock, ports = sys.argv[1], [int(p) for p in sys.argv[2:4]]
instance = 0


class Server:
    def __init__(self, port):
        self.socket = socket.create_connection(('127.0.0.1', port), timeout=60)
        self.lines = self.socket.makefile('r')

    def ask(self, client, sender, recipient):
        self.socket.sendall(('request=smtpd_access_policy\nprotocol_state=RCPT\nprotocol_name=ESMTP\nclient_name=unknown\n'
                             f'etrn_domain=\nclient_address={client}\nsender={sender}\nrecipient={recipient}\n'
                             f'instance={sys.argv[5]}.{instance}\n\n').encode())
        answer = self.lines.readline().strip()
        assert self.lines.readline() == '\n', answer
        return answer


def set_clock(at):
    with open(clock, 'r+') as f:
        f.write('%011d' % at)


def words(answer):
    """ "defer", "dunno", or "prepend SECONDS": how long is still to be waited only we say."""
    if answer.startswith('action=DEFER_IF_PERMIT 4.2.0 Greylisted'):
        return 'defer'
    if answer == 'action=DUNNO':
        return 'dunno'
    delayed = re.fullmatch(r'action=PREPEND X-Greylist: delayed (\d+) seconds by (postgrey-[\d.]+|mda-greyd) at \S+; .*', answer)
    return 'prepend ' + delayed[1] if delayed else answer


peer, ours = Server(ports[0]), Server(ports[1])
now = START
night = None


def at(time):
    """Goes on to TIME. postgrey removes what is old at night, by the first question: so it is asked each night."""
    global now, night
    for day in (time // DAY * DAY - DAY, time // DAY * DAY):
        if day + 3 * 3600 < time and day != night and day + 3 * 3600 > now:
            night = day
            set_clock(day + 3 * 3600)
            for s in (peer, ours):
                s.ask('203.0.113.250', 'night@tick.test', 'tick@l.test')
    now = time
    set_clock(time)


def both(client, sender, recipient):
    global instance
    instance += 1
    return [s.ask(client, sender, recipient) for s in (peer, ours)]


def table(path):
    """Each story begins 100 days after the one before, and so finds nothing."""
    story, base, last, count, bad = '', START, START, 0, 0
    for line in open(path):
        if line.startswith('story '):
            story, base = line[6:].strip(), (last // DAY + 100) * DAY + 7 * 3600
        field = line.split()
        if not line[:1].isdigit():
            continue
        time, client, sender, recipient = base + int(field[0]), field[1], field[2].replace('<>', ''), field[3]
        if time < now:
            set_clock(time)
        else:
            at(time)
        last = max(last, time)
        answers = both(client, sender, recipient)
        got = [words(a) for a in answers]
        expected = 'defer' if field[4] == 'defer' else ' '.join(field[4:])
        count += 1
        if got != [expected, expected] or field[4] == 'defer' and not answers[1].endswith(f' try again in {field[5]} s'):
            bad += 1
            print(f'{story}: {line.strip()}: postgrey, mda-greyd: {answers}')
    print(f'# {count} events')
    return bad or count < 60


SENDERS = ['a@b.test', 'A@B.test', '', 'list-%d@b.test', 'list%d@b.test', 'prvs=%dab=a@b.test', 'a+%d@b.test', 'x', 'SRS0=%d=%d=o.test=u@c.test',
           'b.%d.c@d-%d.test', 'a@b@c-%d', 'prvs=%d=y+%d@b.test', '"q %d"@b.test']
SHORT = [0, 1, 5, 60, 100, 150, 200, 290, 299, 300, 301, 310, 600, 1800, 3300, 3599, 3600, 3601, 7200]
LONG = [40000, DAY, 2 * DAY - 300, 2 * DAY, 2 * DAY + 1, 3 * DAY, 33 * DAY, 38 * DAY]


def chance(seed, count):
    """What may be 35 to 36 days old is not asked about: postgrey removes it at night."""
    choose = random.Random(seed)
    time, seen = START + (seed + 2) * 3650 * DAY, {}
    tally, recent = {}, []
    for i in range(count):
        time += choose.choice(SHORT if choose.random() < 0.94 else LONG)
        if 0 <= time % DAY - 3 * 3600 < 10:
            time += 60
        net = choose.choice(['10.%d.0.' % seed, '10.%d.1.' % seed, '2001:db8:%x:1::' % seed])
        client = net + str(choose.choice([1, 1, 1, 2, 3]))
        sender = re.sub('%d', lambda m: str(choose.randrange(3) * 7), choose.choice(SENDERS[:4] if choose.random() < 0.6 else SENDERS))
        recipient = choose.choice(['r@l.test', 'R@l.test', 's-1@l.test', 's-2@l.test'])
        if recent and choose.random() < 0.7:
            net, client, sender, recipient = choose.choice(recent[-5:])
        recent.append((net, client, sender, recipient))
        keys = [client, (net, re.sub(r'\d+', '#', sender).lower(), recipient.lower())]
        if any(35 * DAY < time - t < 36.5 * DAY for k in keys for t in seen.get(k, [])):
            continue
        at(time)
        for k in keys:
            seen.setdefault(k, []).append(time)
        answers = both(client, sender, recipient)
        got = [words(a) for a in answers]
        kind = got[0].split()[0]
        tally[kind] = tally.get(kind, 0) + 1
        if got[0] != got[1]:
            print(f'event {i} at {time}: {client} <{sender}> <{recipient}>: postgrey, mda-greyd: {answers}')
            return 1
    print(sum(tally.values()), 'events:', tally)
    return sum(tally.values()) < count * 0.9 or min(tally.values()) < 20


sys.exit(bool(table(sys.argv[5]) if sys.argv[4] == 'table' else chance(int(sys.argv[5]), int(sys.argv[6]))))
