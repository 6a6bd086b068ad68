/*
 * Comparing two databases with the rows of held records left aside: the law under --on-invalid
 * skip.
 */
#ifndef IGD_TESTS_HELD_ASIDE_H
#define IGD_TESTS_HELD_ASIDE_H

/* Fails the test when schema, bookkeeping or rows differ, those rows aside whose keys are in
 * ingitdb_sync_held of either. */
void assert_equal_but_held(const char *left, const char *right, const char *what);

#endif
