/*
 * Private to the spine: its two producers.
 */
#ifndef IGD_SYNC_SPINE_PRIVATE_H
#define IGD_SYNC_SPINE_PRIVATE_H

#include "sync/pipeline.h"
#include "sync/spine.h"
#include "sync/validity.h"

/* The spine with the compare producer (spine->compare_with). */
IGD_MUST_CHECK int igd_spine_run_compare(igd_spine *spine, igd_error *err);

/* IGD_E_INVALID; what is invalid, the notes or igd_check_source say. */
int igd_spine_invalid(igd_error *err);

/* IGD_E_INVALID when a reference dangles. */
IGD_MUST_CHECK int igd_spine_check_references(igd_validity *validity, igd_error *err);

/* The beginning of a run, before records are written. */
int igd_spine_expand(igd_spine *spine, igd_error *err);

/* The end of a run whose records are written. */
int igd_spine_contract(igd_spine *spine, igd_error *err);

#endif
