#include "mda/outgoing/programs.h"

#include "base/host.h"
#include "base/limits.h"
#include "base/printable.h"
#include "base/str_list.h"
#include "mda/conf/conf.h"
#include "mda/conf/user.h"

#include <unistd.h>

bool programs_allowed(const struct conf *conf)
{
	return conf->programs_dir.n > 0;
}

const char *programs_refused(const struct conf *conf, struct str name, struct arena *mem)
{
	struct err err;
	int fd = extprogram_open(conf->programs_dir.p, name, &err);
	if (fd < 0)
		return arena_fmt(mem, "%s", err.text).p;
	close(fd); /* O_PATH */
	return NULL;
}

unsigned programs_seconds(const struct conf *conf)
{
	size_t n = conf->programs_seconds, sixth = conf->time_limit / 6;
	/* Otherwise each attempt at the delivery could run out of time here. */
	if (conf->time_limit && n > sixth)
		n = sixth;
	if (n > LIMIT_PROGRAM_SECONDS)
		n = LIMIT_PROGRAM_SECONDS;
	return n ? (unsigned)n : 1;
}

/* ---- what it gets ---- */

/* An address of the envelope comes from outside. */
void programs_add_variable(
	struct str_list *list, const char *name, struct str value, struct arena *mem)
{
	struct str line = printable_line(value, '?', mem);
	if (value.n)
		str_list_add(list,
			arena_join(mem, (const struct str[]){str_of(name), STR_LIT("="), line}, 3),
			mem);
}

struct str_list programs_environment(const struct template_values *names, struct arena *mem)
{
	struct str_list list = {0};
	programs_add_variable(&list, "PATH", STR_LIT("/usr/local/bin:/usr/bin:/bin"), mem);
	programs_add_variable(&list, "HOME", names->home, mem);
	programs_add_variable(&list, "USER", names->user, mem);
	programs_add_variable(&list, "HOST", str_of(*host_name() ? host_name() : "localhost"), mem);
	return list;
}

static struct str_list environment(const struct delivery *d, struct arena *mem)
{
	struct str_list list = programs_environment(&d->user->names, mem);
	programs_add_variable(&list, "SENDER", d->env->sender, mem);
	programs_add_variable(&list, "RECIPIENT", d->env->recipient, mem);
	programs_add_variable(&list, "ORIG_RECIPIENT", d->env->original_recipient, mem);
	return list;
}

static struct extprogram prepare(const struct delivery *d, struct str name,
	const struct str_list *arguments, struct arena *mem)
{
	const struct conf *conf = d->conf;
	return (struct extprogram){.dir = conf->programs_dir.p,
		.name = name,
		.arguments = *arguments,
		.environment = environment(d, mem),
		.start_in = arena_cstr(mem, d->user->names.home),
		.spool_dir = conf->spool_dir.p,
		.crlf = conf->programs_line_end == LINE_END_CRLF,
		.seconds = programs_seconds(conf),
		.memory = conf->programs_memory ? conf->programs_memory : SIZE_MAX};
}

static int ended_ill(const struct extprogram *p, const struct extprogram_result *r, struct err *err)
{
	return err_refused(err, "the program \"" STR_FMT "\" ended with status %d%s" STR_FMT,
		STR_ARGS(p->name), r->status, r->complaint.n ? ": " : "", STR_ARGS(r->complaint));
}

/* ---- filter and execute ---- */

/* These programs compute. Programs that they start get no further rights. */
enum sv_ran programs_run(const struct delivery *d, const struct sv_program *asked,
	struct arena *mem, struct str *output, struct err *err)
{
	struct extprogram p = prepare(d, asked->name, &asked->arguments, mem);
	struct extprogram_result r;
	p.input = asked->input;
	p.output = asked->wants_output ? LIMIT_PROGRAM_OUTPUT : 0;
	p.only_ours = true;
	*output = STR_EMPTY;
	if (d->asks)
		return SV_RAN_NEVER;
	if (extprogram_run(&p, mem, &r, err) < 0)
		return SV_RAN_NOT;
	if (r.status != 0)
		return (void)ended_ill(&p, &r, err), SV_RAN_ILL;
	*output = r.output;
	return SV_RAN_WELL;
}

/* ---- pipe ---- */

/* This program may send the message on, with a set-gid program of the MTA's. */
const struct extprogram *programs_pipe(const struct delivery *d, const struct step *pipe,
	const struct pieces *input, struct arena *mem)
{
	struct extprogram *p = arena_alloc(mem, sizeof *p);
	*p = prepare(d, pipe->argument, &pipe->arguments, mem);
	p->input = *input;
	return p;
}

int programs_give(const void *program, struct arena *mem, struct err *err)
{
	const struct extprogram *p = program;
	struct extprogram_result r;
	if (extprogram_run(p, mem, &r, err) < 0)
		return -1;
	return r.status == 0 ? 0 : ended_ill(p, &r, err);
}
