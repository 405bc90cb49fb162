#include "mda/tools/contacts/contacts_columns.h"

#include "base/address_cell.h"
#include "base/str_list.h"

#include <string.h>

/* Parts of the headings of address columns, in the languages that mail programs use. */
static const char *const address_words[] = {"mail", "address", "adresse de messagerie",
	"messagerie", "correo electr", "posta elettronica", "endere\xc3\xa7o de email", "e-posta",
	"s\xc3\xa4hk\xc3\xb6posti", "poczt", "\xd0\xbf\xd0\xbe\xd1\x87\xd1\x82",
	"\xd0\x9f\xd0\xbe\xd1\x87\xd1\x82", "\xe3\x83\xa1\xe3\x83\xbc\xe3\x83\xab",
	"\xe9\x9b\xbb\xe5\xad\x90\xe9\x83\xb5\xe4\xbb\xb6",
	"\xe7\x94\xb5\xe5\xad\x90\xe9\x82\xae\xe4\xbb\xb6", "\xec\x9d\xb4\xeb\xa9\x94\xec\x9d\xbc"};

/* Headings of name columns: full name, first name, last name. */
static const char *const whole_names[] = {"Name", "Display Name", "Full Name", "Anzeigename",
	"Nom complet", "Nom affich\xc3\xa9", "Nombre completo", "Nome completo", "Weergavenaam",
	NULL};
static const char *const first_names[] = {"First Name", "Given Name", "Vorname", "Pr\xc3\xa9nom",
	"Nombre", "Nome", "Voornaam", "F\xc3\xb6rnamn", "Fornavn", "Etunimi", "Imi\xc4\x99",
	"\xd0\x98\xd0\xbc\xd1\x8f", "\xe5\x90\x8d", NULL};
static const char *const last_names[] = {"Last Name", "Family Name", "Surname", "Nachname", "Nom",
	"Apellidos", "Apellido", "Cognome", "Sobrenome", "Achternaam", "Efternamn", "Etternavn",
	"Efternavn", "Sukunimi", "Nazwisko",
	"\xd0\xa4\xd0\xb0\xd0\xbc\xd0\xb8\xd0\xbb\xd0\xb8\xd1\x8f", "\xe5\xa7\x93", NULL};

static bool holds_at(struct str s)
{
	return str_find(s, '@') < s.n;
}

static bool is_address_heading(struct str heading)
{
	for (size_t i = 0; i < sizeof address_words / sizeof *address_words; i++)
		if (str_ifind(heading, str_of(address_words[i])) < heading.n)
			return true;
	return false;
}

static bool is_address(struct str cell)
{
	struct arena *mem = arena_new();
	struct address_list list = address_cell_parse(cell, mem);
	bool is = list.count && !list.malformed;
	arena_free(mem);
	return is;
}

bool contacts_columns_find(struct columns *c, const struct str_list *first, struct arena *mem)
{
	*c = (struct columns){0};
	for (size_t i = 0; i < first->count; i++)
		if (holds_at(first->items[i]) && is_address(first->items[i]))
			return false;
	for (size_t i = 0; i < first->count; i++) {
		struct str heading = arena_str(mem, first->items[i]);
		str_list_add(&c->headings, heading, mem);
		c->has_address = c->has_address || is_address_heading(heading);
	}
	return true;
}

bool contacts_columns_has_address(const struct columns *c, size_t i, struct str cell)
{
	if (!holds_at(cell))
		return false; /* it is a street, the type of an address, or empty */
	if (!c->has_address)
		return is_address(cell);
	/* Outlook shows an address as "Ann (ann@x.test)" in a column of its own. */
	return i < c->headings.count && is_address_heading(c->headings.items[i]) &&
	       (is_address(cell) || str_rfind(cell, '(') == cell.n);
}

/* The first field that has one of these headings and is not empty. */
static struct str under(
	const struct columns *c, const struct str_list *fields, const char *const *names)
{
	for (; *names; names++)
		for (size_t i = 0; i < fields->count && i < c->headings.count; i++)
			if (fields->items[i].n && str_ieq(c->headings.items[i], str_of(*names)))
				return contacts_columns_unguarded(fields->items[i]);
	return STR_EMPTY;
}

/* Without headings: the first field that is not an address. */
static struct str first_text(const struct str_list *fields)
{
	for (size_t i = 0; i < fields->count; i++)
		if (fields->items[i].n && !holds_at(fields->items[i]))
			return contacts_columns_unguarded(fields->items[i]);
	return STR_EMPTY;
}

struct str contacts_columns_name(
	const struct columns *c, const struct str_list *fields, struct arena *mem)
{
	if (c->headings.count == 0)
		return first_text(fields);
	struct str whole = under(c, fields, whole_names);
	struct str first = under(c, fields, first_names), last = under(c, fields, last_names);
	if (whole.n || (first.n == 0 && last.n == 0))
		return whole;
	return arena_fmt(mem, STR_FMT "%s" STR_FMT, STR_ARGS(first), first.n && last.n ? " " : "",
		STR_ARGS(last));
}

struct str contacts_columns_unguarded(struct str field)
{
	bool is_guarded = field.n > 1 && field.p[0] == '\'' && strchr("=+-@\t\r", field.p[1]);
	return is_guarded ? str_slice(field, 1, field.n) : field;
}
