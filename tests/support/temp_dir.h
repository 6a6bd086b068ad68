/*
 * Fresh directories below $TMPDIR (or /tmp) for tests. What a failed test leaves behind is removed
 * when its program ends. Whatever goes wrong here aborts with a message.
 */
#ifndef IGD_TESTS_TEMP_DIR_H
#define IGD_TESTS_TEMP_DIR_H

/* The absolute path of a new empty directory; free() it after temp_dir_free. */
char *temp_dir_new(void);

/* Removes the directory with all that is in it, and frees the path. NULL is fine. */
void temp_dir_free(char *path);

/* Removes a file or a directory with all that is in it; nothing there is fine. Symlinks are
 * removed, never followed. */
void remove_tree(const char *path);

/* Creates the directories that lead to a file; those that are there already are fine. */
void make_parents(const char *file);

/* Writes a whole file, and the directories that lead to it. */
void write_file(const char *path, const char *text);

/* "a/b" from "a" and "b"; free() it. */
char *path_join(const char *directory, const char *name);

#endif
