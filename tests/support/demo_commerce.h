/*
 * The public demonstration database demo-commerce with its 12 commits, from ../shared when it is
 * there. It is never part of this repository.
 */
#ifndef IGD_TESTS_DEMO_COMMERCE_H
#define IGD_TESTS_DEMO_COMMERCE_H

#define DEMO_COMMITS 12

typedef struct demo_commerce {
    char *path;                      /* a bare clone; removed by demo_commerce_free */
    char commits[DEMO_COMMITS][41];  /* oldest first */
    char repaired[DEMO_COMMITS][41]; /* the same history with the four unreadable names repaired */
} demo_commerce;

/* NULL, after saying so, when ../shared is not there. */
demo_commerce *demo_commerce_new(void);
void demo_commerce_free(demo_commerce *demo);

/* Path of a file below ../shared/data; free() it. */
char *shared_data(const char *name);

#endif
