/*
 * Addresses as people and address books write them into one cell: `a ::: b`, `a; b`, `mailto:a`,
 * `Doe, Ann <a>`.
 */
#ifndef BASE_ADDRESS_CELL_H
#define BASE_ADDRESS_CELL_H

#include "base/address.h"

/*
 * All addresses of TEXT, which is UTF-8, in MEM. If a part is not an address, or only some readers
 * would see one, the list is malformed: then do not trust any of it. Takes linear time.
 */
struct address_list address_cell_parse(struct str text, struct arena *mem);

#endif
