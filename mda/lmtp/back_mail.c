/* The messages that the front hands over. */
#include "mda/lmtp/back_inside.h"

#include "mda/delivery/identity.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * Clients may go away before their messages are delivered, so the number of their connections is
 * no limit by itself. Reading anything but a file might never end.
 */
static bool is_welcome(const struct back *b, const struct channel_message *m, struct stat *st)
{
	return b->mail_count < b->conf->lmtp_connections && m->number <= b->conf->lmtp_recipients &&
	       b->recipients + b->answers.count + m->number <= b->recipients_most &&
	       fstat(m->fd, st) == 0 && S_ISREG(st->st_mode);
}

static void refuse(struct back *b, const struct channel_message *m)
{
	struct reply r;
	b->row->refusals[BOARD_MAILBOX]++;
	reply_set(&r, 451, "4.3.2", "too many messages wait");
	answers_send(&b->answers, CHANNEL_DONE, m->id, CHANNEL_ALL, &r);
}

static void add(struct back *b, struct mail *mail)
{
	mail->next = b->mails;
	if (mail->next)
		mail->next->prev = mail;
	b->mails = mail;
	b->mail_count++;
	b->recipients += mail->left;
	b->row->messages_total++;
	b->handled++;
}

/* May SIZE bytes more be in memory? Together, the mails take no more than one message may. */
static bool has_room(const struct back *b, unsigned long long size)
{
	size_t most = b->conf->message_in_memory;
	return b->held <= most && size <= most - b->held;
}

/* Reads it into memory if that many bytes may be there, else into a file. */
static int read_bytes(struct back *b, struct mail *mail, size_t in_memory, struct err *err)
{
	struct message_limits limits = conf_message_limits(b->conf);
	limits.in_memory = in_memory;
	b->held -= mail->held;
	mail->held = 0;
	mail->msg = message_read_bytes(mail->fd, &limits, err);
	close(mail->fd); /* it was only read from */
	mail->fd = -1;
	if (!mail->msg)
		return -1;
	size_t size = message_bytes(mail->msg).n;
	mail->held = size <= in_memory ? size : 0;
	b->held += mail->held;
	return 0;
}

/* Only what is in memory has seals. */
static bool is_in_memory(int fd)
{
	return fcntl(fd, F_GET_SEALS) >= 0;
}

/*
 * A message that the front has in memory counts from here on. If there is no room, it goes to a
 * file at once; if that fails, its deliveries find no message and report it.
 */
static void make_room(struct back *b, struct mail *mail, unsigned long long size)
{
	struct err err;
	if (!is_in_memory(mail->fd))
		return;
	if (!has_room(b, size)) {
		(void)read_bytes(b, mail, 0, &err);
		return;
	}
	mail->held = (size_t)size;
	b->held += mail->held;
}

static const char *text_or_null(struct arena *mem, struct str text)
{
	return text.n ? arena_cstr(mem, text) : NULL;
}

void back_take_mail(struct back *b, const struct channel_message *m)
{
	struct stat st;
	if (!is_welcome(b, m, &st)) {
		close(m->fd); /* it was not read */
		refuse(b, m);
		return;
	}
	struct arena *mem = arena_new();
	struct mail *mail = arena_alloc(mem, sizeof *mail);
	*mail = (struct mail){.mem = mem,
		.id = m->id,
		.fd = m->fd,
		.sender = arena_cstr(mem, m->text[0]),
		.queue_id = text_or_null(mem, m->text[1]),
		.submitter = text_or_null(mem, m->text[2]),
		.envelope_id = text_or_null(mem, m->text[3]),
		.left = m->number,
		.unnamed = m->number};
	add(b, mail);
	make_room(b, mail, (unsigned long long)st.st_size);
}

static size_t room_for(const struct back *b, const struct mail *mail)
{
	if (mail->held)
		return mail->held;
	return b->held < b->conf->message_in_memory ? b->conf->message_in_memory - b->held : 0;
}

int back_read_mail(struct back *b, struct mail *mail, struct err *err)
{
	if (!mail->msg && mail->fd < 0)
		return err_temp(err, "the message could not be read");
	if (!mail->msg && read_bytes(b, mail, room_for(b, mail), err) < 0)
		return -1;
	if (!mail->hash)
		mail->hash = identity_hash(mail->msg, mail->mem);
	return 0;
}
