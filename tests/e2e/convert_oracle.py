"""convert_oracle.py PROGRAM WORK BIN CONF SEED FILES MESSAGES [FIXED]: makes rules for procmail,
maildrop or fdm by chance, has mda-convert convert them, and delivers the same messages by both: each must
be in the same folders. With FIXED, that file of rules is used instead."""
import os
import random
import re
import shutil
import subprocess
import sys

program, work, bin_dir, conf = sys.argv[1:5]
chance = random.Random(int(sys.argv[5]))
files, count = int(sys.argv[6]), int(sys.argv[7])
fixed = sys.argv[8] if len(sys.argv) > 8 else None
uid, gid = (65534, 65534) if os.getuid() == 0 else (os.getuid(), os.getgid())
home = os.path.join(work, 'other')
box = os.path.join(work, 'vhosts/a.test/ann')

WORDS = ['sale', 'offer', 'list', 'urgent', 'foo', 'bar', 'a.b', 'x+y', 'sales', 'Re', '{1}']
ADDRESSES = ['shop@example.com', 'bob@b.test', 'Bob <bob@b.test>', 'list@lists.test', 'owner-list@lists.test',
             '"Foo, Bar" <foo.bar@example.com>', 'mylist@lists.test']
DAEMONS = ['MAILER-DAEMON@b.test', 'root <root@b.test>', 'list-request@lists.test', 'Majordomo@lists.test (list)', 'Mail System <x@b.test>',
           'owner-list@lists.test', 'x@b.test (Postmaster)', 'Admin', 'postmast@b.test', 'operator@b.test', 'echo.bob@b.test', 'bob-bounce@b.test',
           'Bob <smtp@b.test>', 'rooter@b.test', 'Bob (root) <bob@b.test>', 'news server <n@b.test>', 'bob+ops@b.test', 'uucp!bob@b.test']
SENDERS = ['bob@b.test'] * 6 + ['owner-list@lists.test', 'MAILER-DAEMON', 'list-request@lists.test', 'ops@b.test', 'roots@b.test', 'x-bounce+1@b.test']
MORE = ['Sender: list-request@lists.test', 'Precedence: bulk', 'Precedence: first-class', 'Mailing-List: x', 'Resent-From: root@b.test',
        'To: Multiple recipients of x', 'Sender: bob@b.test', 'X-Envelope-From: <daemon@b.test>']
FIELDS = ['From', 'To', 'Cc', 'Subject', 'X-Foo', 'List-Id']


def text():
    return ' '.join(chance.choice(WORDS + ['SALE', 'Foo', 'bar,', '(foo)', '[x]', '-']) for _ in range(chance.randint(0, 4)))


def message(number, names_vary):
    lines = ['From: ' + chance.choice(ADDRESSES + (DAEMONS if chance.random() < .4 else [])), 'Message-ID: <m%d@b.test>' % number]
    for field in chance.sample(['To', 'Cc', 'Subject', 'X-Foo', 'List-Id'], chance.randint(1, 5)):
        value = ', '.join(chance.sample(ADDRESSES, chance.randint(1, 2))) if field in ('To', 'Cc') else text()
        # In the middle of a text, procmail sees another number of blanks where a line is folded.
        if chance.random() < .3:
            value = value.replace('>, ', '>,\n ', 1)
        lines.append(chance.choice([field, field, field.lower() if names_vary else field]) + ': ' + value)
    lines += [chance.choice(MORE)] if chance.random() < .3 else []
    chance.shuffle(lines)
    body = [text() for _ in range(chance.randint(0, 4))] + ['x' * 70] * chance.choice([0, 0, 100])
    return '\n'.join(lines) + '\n\n' + '\n'.join(body) + '\n'


def quoted(word):
    if program == 'fdm':
        return re.sub(r'([.+*?()|\[\]^$\\{}])', r'\\\1', word)
    return re.sub(r'([.+*?()|\[\]^$\\])', r'\\\1', word) if program == 'procmail' else re.sub(r'([.+*?()|\[\]^$\\{}/])', r'\\\1', word)


def part():
    word = quoted(chance.choice(WORDS))
    other = quoted(chance.choice(WORDS))
    return chance.choice([word, word, word, '(%s|%s)' % (word, other), '(%s|%s)[@.> ,]' % (word, other),
                          '((%s|[a-m])|%s).*' % (word, other) + word, word + '.*' + other, word + '.?' + other,
                          '[^a-z]' + word, '[a-f]' + word, word + '[ ,]', word + '+', '.' + word, '(' + word + ')?' + other
                          if False else word + ' ' + other])


def pattern():
    field = chance.choice(FIELDS)
    fields = '(%s|%s)' % (field, chance.choice(FIELDS))
    head = chance.choice(['^' + field, '^' + field, '^' + fields, '^(Resent-)?' + field])
    return head + chance.choice([':.*', ':.*', ':.*', ': ', ': *', ':.+', ':[ \t]*', ': .*']) + part() + chance.choice(['', '', '', '$'])


def condition():
    kind = chance.random()
    if kind < .12:
        return chance.choice('<>') + ' 3000'
    if kind < .24 and program == 'procmail':
        return '^TO_' + chance.choice(['(list|bob)@', quoted(chance.choice(['list', 'bob@', 'foo', 'shop@example.com']))])
    if kind < .27 and program == 'procmail':
        return chance.choice(['^FROM_DAEMON', '^FROM_MAILER', '(^FROM_DAEMON|^Subject:.*foo)'])
    if kind < .3:
        return '^' + chance.choice(FIELDS) + ':'
    if kind < .36:
        return '^(From:.*%s|Subject:.*%s)' % (part_plain(), part_plain())
    return pattern()


def part_plain():
    return quoted(chance.choice(WORDS))


def folder():
    return chance.choice(['.Shop/', '.Lists.Foo/', 'plain/', 'deep/er/', '.Shop/', 'box'])


def match_recipe():
    """One that files into a folder whose name comes from the message."""
    condition = '* ^%s:%s\\/[a-z]+' % (chance.choice(FIELDS), chance.choice(['.*', '.*' + part_plain(), '.*[.@]', ' *', '.*@lists\\.', '.*<', ' ', '.+', '[ \t]*']))
    target = chance.choice(['.M.$MATCH/', '$MATCH/'])
    lines = [':0' + chance.choice(['', ' c']), condition] + chance.choice([[], ['* ^To:'], ['* > 3000']])
    return lines + [target] if chance.random() < .5 else \
        [':0', *lines[1:], '{', 'X=x-$MATCH', ':0' + chance.choice(['', ' c']), '* ! ^X-Foo:.*foo', '.$X/', '}']


def procmail_recipe(depth, last):
    if chance.random() < .15:
        return match_recipe()
    flags = ''
    if last and chance.random() < .25:
        flags = chance.choice('EA')
    if chance.random() < .3:
        flags += 'c'
    if chance.random() < .1:
        flags += 'D'
    in_body = chance.random() < .15
    lines = []
    for _ in range(chance.choice([1, 1, 1, 2, 3])):
        one = chance.choice([part_plain(), '^' + part_plain(), part_plain() + '.*' + part_plain()]) if in_body else condition()
        lines.append('* ' + chance.choice(['', '', '', '! ']) + one)
    if not in_body and chance.random() < .15:
        lines = ['* %d^0 %s' % (chance.choice([-2, -1, 1, 2, 3]), line[2:]) for line in lines if '000' not in line]
    if depth < 2 and 'c' not in flags and chance.random() < .25:
        inner = procmail_rules(depth + 1)
        return [':0 ' + flags + ('B' if in_body else '')] + lines + ['{'] + inner + ['}']
    target = chance.choice([folder()] * 5 + ['/dev/null', '$MAILDIR//.Shop/', '".A B/"'])
    # procmail waits long for the lock of a Maildir that does not exist yet.
    lock = chance.choice(['', ':']) if target == 'box' else ''
    return [':0 ' + flags + ('B' if in_body else '') + lock] + lines + [target]


def procmail_rules(depth=0):
    lines, last = [], False
    for _ in range(chance.randint(1, 5)):
        lines += procmail_recipe(depth, last) + ['']
        last = True
    return lines


def maildrop_expression(depth=0):
    kind = chance.random()
    if depth < 3 and kind < .3:
        return '(%s %s %s)' % (maildrop_expression(depth + 1), chance.choice(['&&', '||']), maildrop_expression(depth + 1))
    if kind < .4:
        return '! ' + maildrop_expression(depth + 1)
    if kind < .5:
        return '$SIZE ' + chance.choice(['<', '>', '<=', '>=']) + ' 3000'
    if kind < .6:
        return 'hasaddr("%s")' % chance.choice(['bob@b.test', 'foo.bar@example.com', 'list@lists.test'])
    return '/' + pattern().replace('@', '\\@') + '/' + chance.choice(['', '', ':h', ':D'])


def maildrop_rules(depth=0):
    lines = []
    for _ in range(chance.randint(1, 4)):
        for word in ['if', 'elsif', 'else'][:chance.choice([1, 1, 2, 3])]:
            lines.append(word if word == 'else' else '%s (%s)' % (word, maildrop_expression()))
            inner = ['{'] + maildrop_rules(depth + 1) + ['}'] if depth < 2 and chance.random() < .2 else \
                ['{', chance.choice(['to', 'to', 'cc']) + ' "$DEFAULT/%s"' % chance.choice(['.Shop', '.Lists.Foo', '.Plain']), '}']
            lines += inner[1:2] if len(inner) == 3 and chance.random() < .3 else inner
    return lines


def fdm_condition():
    kind = chance.random()
    if kind < .1:
        return 'all'
    if kind < .2:
        return 'size %s %s' % (chance.choice('<>'), chance.choice(['3000', '3K', '3 kilobytes']))
    if kind < .3:
        return "'%s' in body" % chance.choice([part_plain(), '^' + part_plain(), part_plain() + '.*' + part_plain()])
    if kind < .35:
        return "'^(To:|Cc:).*%s' in headers" % part_plain()
    if kind < .45:
        return chance.choice(['', 'case ']) + '"^%s:.*%s" in headers' % (chance.choice(FIELDS), part_plain().replace('\\', '\\\\'))
    return chance.choice(['', '', '', 'case ']) + "'%s' in headers" % pattern()


def fdm_rules(depth=0):
    lines = []
    for _ in range(chance.randint(1, 5)):
        words = 'match'
        for number in range(chance.choice([1, 1, 2, 3])):
            words += (chance.choice([' and ', ' or ']) if number else ' ') + chance.choice(['', '', 'not ']) + fdm_condition()
        if depth < 2 and chance.random() < .2:
            lines += [words + ' {'] + fdm_rules(depth + 1) + ['}']
            continue
        action = chance.choice(['action "shop"', 'action "lists"', 'actions { "shop" "plain" }', 'action "both"', 'action maildir "%h/Maildir/.Else"',
                                'action { mbox "%h/Maildir/box" drop }', 'action drop', 'action "lists"'])
        lines.append(words + ' ' + action + chance.choice(['', '', ' continue']))
    return lines


def run(words, **more):
    demote = (lambda: (os.setgroups([]), os.setgid(gid), os.setuid(uid))) if more.pop('as_owner', False) and os.getuid() == 0 else None
    return subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, preexec_fn=demote, **more)


def own(path):
    for top, dirs, names in os.walk(path):
        os.chown(top, uid, gid)
        for name in names:
            os.chown(os.path.join(top, name), uid, gid)


def folders(top):
    """Message -> the folders that it is in."""
    found = {}
    for path, _, names in os.walk(top):
        parts = os.path.relpath(path, top).split('/')
        if 'tmp' in parts:
            continue
        if parts[-1] in ('new', 'cur'):
            parts.pop()
        for name in names:
            where = '/'.join(parts) if parts[-1:] != ['.'] else name
            where = 'INBOX' if not parts else where
            where = where[1:].replace('.', '/') if where.startswith('.') else where
            data = open(os.path.join(path, name), 'rb').read()
            for number in re.findall(rb'(?m)^Message-ID: <m(\d+)@', data):
                found.setdefault(int(number), set()).add(where)
    return found


def by_other(rules, messages):
    shutil.rmtree(home, ignore_errors=True)
    os.makedirs(home)
    path = os.path.join(home, 'rules')
    # They take the home from passwd(5).
    open(path, 'w').write(rules.replace('$HOME', home).replace('"./', '"%s/' % home).replace('%h', home))
    os.chmod(path, 0o600)
    # maildrop makes no folders, and procmail waits for a lock in one that does not exist.
    names = ('', '.Shop', '.Lists.Foo', '.Plain', '.Else') if program != 'procmail' else ('rest', '.Shop', '.Lists.Foo', 'plain', 'deep/er', 'lists')
    for name in names:
        for part in ('new', 'cur', 'tmp'):
            os.makedirs(os.path.join(home, 'Maildir', name, part))
    own(home)
    environment = {'HOME': home, 'PATH': '/usr/bin:/bin'}
    for sender, mail in messages:
        command = ['procmail', '-f', sender, path] if program == 'procmail' else \
            ['maildrop', path] if program == 'maildrop' else ['fdm', '-q', '-f', path, '-a', 'stdin', 'fetch']
        done = run(command, input=mail.encode(), env=environment, cwd=home, as_owner=True)
        if done.returncode or (program == 'maildrop' and done.stdout):
            sys.exit('%s failed: %s\n%s' % (program, done.stdout.decode(), rules))
    return folders(os.path.join(home, 'Maildir'))


def by_mda(script, messages):
    shutil.rmtree(box, ignore_errors=True)
    os.makedirs(box + '/.mda')
    open(box + '/.mda/rules.sieve', 'w').write(script)
    own(box)
    for sender, mail in messages:
        done = run([bin_dir + '/mda', '-c', conf, '-f', '' if sender == 'MAILER-DAEMON' else sender, '-d', 'ann@a.test'], input=mail.encode())
        if done.returncode:
            sys.exit('mda failed: ' + done.stdout.decode())
    return folders(os.path.join(box, 'Maildir'))


def convert(rules):
    path = os.path.join(work, 'rules')
    open(path, 'w').write(rules)
    done = subprocess.run([bin_dir + '/mda-convert', program, path], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode not in (0, 1):
        sys.exit('mda-convert ended with %d:\n%s' % (done.returncode, rules))
    script = os.path.join(work, 'rules.sieve')
    open(script, 'wb').write(done.stdout)
    checked = run([bin_dir + '/mda-sieve', 'check', script])
    if checked.returncode:
        sys.exit('mda-sieve check: %s\n%s\n%s' % (checked.stdout.decode(), rules, done.stdout.decode()))
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def make():
    if program == 'procmail':
        rules = procmail_rules()
        if chance.random() < .3:
            with open(os.path.join(work, 'included'), 'w') as included:
                included.write('\n'.join(procmail_rules()) + '\n')
            rules += ['INCLUDERC=' + included.name] + procmail_rules()
        return 'MAILDIR=$HOME/Maildir\nDEFAULT=$MAILDIR/rest/\n' + '\n'.join(rules) + '\n'
    if program == 'fdm':
        return """set no-received
set lock-file "%h/lock"
account "stdin" stdin
$top = "%h/Maildir"
action "shop" maildir "${top}/.Shop"
action "lists" maildir "${top}/.Lists.Foo"
action "plain" mbox "%h/Maildir/plain"
action "both" { maildir "${top}/.Shop" action "plain" }
""" + '\n'.join(fdm_rules()) + '\nmatch all action maildir $top\n'
    return 'DEFAULT="$HOME/Maildir"\n' + '\n'.join(maildrop_rules()) + '\n'


done, tries, not_all, moved = 0, 0, 0, 0
while done < files:
    tries += 1
    rules = open(fixed).read() if fixed else make()
    status, script, said = convert(rules)
    if status:
        not_all += 1
        if fixed or not_all > 20 * files:
            sys.exit('not converted: ' + said)
        continue
    # With the flag D they distinguish the case of a field's name, too; Sieve never does.
    names_vary = 'i;octet' not in script
    messages = [(chance.choice(SENDERS), message(done * 1000 + i, names_vary)) for i in range(count)]
    theirs, ours = by_other(rules, messages), by_mda(script, messages)
    for i, (sender, mail) in enumerate(messages):
        number = done * 1000 + i
        moved += theirs.get(number, set()) not in ({'rest'}, {'INBOX'})
        if theirs.get(number, set()) != ours.get(number, set()):
            sys.exit('%s: %s, mda: %s\nfrom %s\n%s\n%s\n%s' % (program, theirs.get(number), ours.get(number), sender, mail[:1500], rules, script))
    done += 1
print('%d files of rules, %d messages each, %d in folders; %d files were not converted as a whole' % (done, count, moved, not_all))
if moved * 10 < done * count:
    sys.exit('too few messages were filed')
