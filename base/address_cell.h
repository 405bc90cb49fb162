/*
 * Addresses as people and address books write them into one place: `a ::: b`, `a; b`, `mailto:a`,
 * `Doe, Ann <a>`.
 */
#ifndef BASE_ADDRESS_CELL_H
#define BASE_ADDRESS_CELL_H

#include "base/address.h"

/*
 * All addresses of TEXT, which is UTF-8. What is not an address, or is one for some readers only,
 * makes the list malformed: then nothing of it should be believed. Linear.
 */
struct address_list address_cell_parse(struct str text, struct arena *mem);

#endif
