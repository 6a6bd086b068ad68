/*
 * Renames: which collections and columns that are gone at the new commit are there under another
 * name.
 *
 * Decided from the two commits and the user's hints alone, never from the target, so that every
 * producer comes to the same. A column is renamed when one of the same kind is new and has its
 * value in every record that both commits have, and not just nulls; a collection when one with the
 * same columns is new and has the same values; its subcollections follow it. Where several fit, or
 * are fitted, nothing is decided: they are dropped and added, and a warning names them.
 *
 * Nothing is renamed where rows hold the names of their columns (igd_mapping.names_in_rows), when
 * the base cannot be read, and of collections with records that were left
 * out. While a run is in progress the target may have either name (igd_table_origin).
 */
#ifndef IGD_SYNC_RENAMES_H
#define IGD_SYNC_RENAMES_H

#include "sync/base.h"

/* Marks the tables and columns of the new side that are renamed (igd_rename). Texts live in mem.
 * IGD_E_USAGE: a hint (igd_sync_options.renames) does not fit. */
IGD_MUST_CHECK int igd_renames_decide(igd_repo *repo, const igd_base *base, igd_side *side,
                                      const igd_sync_options *options, igd_arena *mem,
                                      igd_problems *warnings, igd_error *err);

#endif
