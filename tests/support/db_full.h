/*
 * All that a SQLite database holds, the bookkeeping and what others made included: every definition
 * as it is written, and every row, whatever their physical order.
 */
#ifndef IGD_TESTS_DB_FULL_H
#define IGD_TESTS_DB_FULL_H

/* With `timeless`, times of the bookkeeping are left out. A file that is not there is "". free()
 * it.
 */
char *db_full(const char *path, int timeless);

#endif
