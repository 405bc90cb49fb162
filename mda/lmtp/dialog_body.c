/* Receives the bytes of a message, and reports what became of it. */
#include "mda/lmtp/dialog_inside.h"

#include <limits.h>

static void lose(struct dialog *d, const struct reply *why)
{
	d->lost = arena_alloc(d->mem, sizeof *d->lost);
	*d->lost = *why;
	d->host->forget(d->context);
}

/* The message is read to its end, whatever happens to it. */
static void take_body(struct dialog *d, struct str bytes)
{
	struct reply why;
	d->size += bytes.n;
	if (d->lost || bytes.n == 0)
		return;
	if (d->conf->size && d->size > d->conf->size) {
		reply_set(
			&why, 552, "5.3.4", "the message is larger than %llu bytes", d->conf->size);
		lose(d, &why);
	} else if (d->host->body(d->context, bytes, &why) < 0) {
		lose(d, &why);
	}
}

/* The next reply; code 0 if it is not known yet. */
static const struct reply *next_answer(const struct dialog *d)
{
	return &d->answers[d->accepted[d->answered]];
}

/* Sends one reply for each accepted RCPT, in their order (RFC 2033 section 4.2). */
static void tell_answers(struct dialog *d)
{
	for (; d->answered < d->accepted_count && next_answer(d)->code; d->answered++)
		reply_add(&d->out, next_answer(d));
	if (d->answered < d->accepted_count)
		return;
	d->reads = READS_LINES;
	dialog_forget(d);
}

void dialog_delivered(struct dialog *d, size_t i, const struct reply *answer)
{
	if (d->reads != WAITS_FOR_DELIVERY || i >= d->mail.count || d->answers[i].code)
		return;
	d->answers[i] = *answer;
	tell_answers(d);
}

void dialog_all_delivered(struct dialog *d, const struct reply *answer)
{
	if (d->reads != WAITS_FOR_DELIVERY)
		return;
	for (size_t i = 0; i < d->mail.count; i++)
		if (d->answers[i].code == 0)
			d->answers[i] = *answer;
	tell_answers(d);
}

static void finish_body(struct dialog *d)
{
	d->reads = WAITS_FOR_DELIVERY;
	d->answers = arena_alloc(d->mem, d->mail.count * sizeof *d->answers);
	if (!d->lost) {
		d->host->deliver(d->context, &d->mail);
		return;
	}
	dialog_all_delivered(d, d->lost);
}

/* ---- the message's bytes ---- */

void dialog_run_data(struct dialog *d, struct str argument)
{
	(void)argument;
	d->data = WIRE_AT_START;
	d->reads = READS_DATA;
	dialog_say(d, 354, "", "send the message; a line with a dot alone ends it");
}

size_t dialog_read_data(struct dialog *d, struct str bytes)
{
	struct str rest = bytes, piece;
	while (rest.n && d->data != WIRE_AT_END) {
		wire_take_data(&d->data, &rest, &piece);
		take_body(d, piece);
	}
	if (d->data == WIRE_AT_END)
		finish_body(d);
	return bytes.n - rest.n;
}

static void finish_chunk(struct dialog *d)
{
	struct reply r;
	d->reads = READS_LINES;
	if (d->is_stray_chunk) {
		dialog_wrong(d, 503, "5.5.1", "no recipient was accepted");
	} else if (d->is_last_chunk) {
		finish_body(d);
	} else if (d->lost) {
		reply_add(&d->out, d->lost);
	} else {
		reply_set(&r, 250, "2.0.0", "%llu bytes", d->chunk_size);
		reply_add(&d->out, &r);
	}
}

size_t dialog_read_chunk(struct dialog *d, struct str bytes)
{
	struct str piece = str_slice(bytes, 0, d->chunk < bytes.n ? (size_t)d->chunk : bytes.n);
	d->chunk -= piece.n;
	if (!d->is_stray_chunk)
		take_body(d, piece);
	if (d->chunk == 0)
		finish_chunk(d);
	return piece.n;
}

/*
 * If the size cannot be read, the bytes after it would be taken for commands, so the connection
 * ends. For the same reason, the bytes of a chunk that comes too early are read and dropped.
 */
void dialog_run_bdat(struct dialog *d, struct str argument)
{
	struct str size, last;
	unsigned long long n;
	bool has_size = str_word(&argument, &size) && str_number(size, LLONG_MAX, &n);
	bool is_last = str_word(&argument, &last);
	if (!has_size || (is_last && !str_ieq(last, STR_LIT("LAST"))) || str_trim(argument).n) {
		struct reply why;
		reply_set(&why, 501, "5.5.4", "the form is BDAT size [LAST]; the connection ends");
		dialog_end(d, &why);
		return;
	}
	d->chunk = d->chunk_size = n;
	d->is_last_chunk = is_last;
	d->is_stray_chunk = !(d->at & (RECIPIENTS | CHUNKS));
	d->reads = READS_CHUNK;
	if (!d->is_stray_chunk)
		d->at = CHUNKS;
	if (n == 0)
		finish_chunk(d);
}
