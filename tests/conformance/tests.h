/*
 * The tests of the suite, for main.c.
 */
#ifndef IGD_TESTS_CONFORMANCE_TESTS_H
#define IGD_TESTS_CONFORMANCE_TESTS_H

/* X(function): where each is, is the file's name. */
#define SUITE_TESTS(X)                        \
    /* test_target.c */                       \
    X(caps_and_functions_agree)               \
    X(read_creates_nothing)                   \
    X(lock_refuses_second)                    \
    X(lock_dies_with_holder)                  \
    X(lock_waits)                             \
    X(broken_lock_is_noticed)                 \
    X(state_round_trip)                       \
    X(state_of_two_sources)                   \
    X(newer_format_is_refused)                \
    X(begin_is_fenced)                        \
    X(note_error_keeps_the_rest)              \
    X(a_run_in_steps_needs_a_mark)            \
    X(every_step_is_fenced)                   \
    X(steps_stay)                             \
    X(url_parameters_are_checked)             \
    X(locks_are_told)                         \
    /* test_rows.c */                         \
    X(apply_is_idempotent)                    \
    X(values_survive)                         \
    X(keys_survive)                           \
    X(scan_is_in_key_order)                   \
    X(scan_shows_drift_raw)                   \
    X(scan_without_a_column)                  \
    X(load_fills)                             \
    X(rollback_leaves_nothing)                \
    X(failed_row_is_named)                    \
    X(failed_row_of_a_load_is_named)          \
    X(update_keeps_children)                  \
    X(dangling_reference_fails)               \
    X(references_may_come_late)               \
    X(scan_stops_when_told)                   \
    /* test_schema.c */                       \
    X(create_and_read_back)                   \
    X(second_plan_is_empty)                   \
    X(unowned_table_is_refused)               \
    X(other_sources_table_is_refused)         \
    X(columns_come_and_go)                    \
    X(kind_changes)                           \
    X(not_null_comes_and_goes)                \
    X(checks_come_and_go)                     \
    X(references_come_and_go)                 \
    X(indexes_come_and_go)                    \
    X(table_is_renamed)                       \
    X(key_is_renamed)                         \
    X(key_changes)                            \
    X(tables_go)                              \
    X(names_are_left_to_others)               \
    /* test_others.c */                       \
    X(foreign_objects_survive)                \
    X(tables_of_others_are_not_created)       \
    X(foreign_objects_stay_with_their_column) \
    X(foreign_objects_hold_columns)           \
    X(foreign_objects_hold_types)             \
    X(foreign_references_hold_tables)         \
    X(tables_that_are_open_twice_change)      \
    /* test_references.c */                   \
    X(deletes_spare_what_only_looks_alike)    \
    X(deletes_run_foreign_actions)            \
    X(references_from_elsewhere_hold_rows)    \
    X(new_violations_fail)                    \
    X(old_violations_do_not)                  \
    X(schema_change_of_others_is_noticed)     \
    /* test_conflicts.c */                    \
    X(untouched_rows_are_no_conflict)         \
    X(equal_rows_are_no_conflict)             \
    X(edited_row)                             \
    X(edited_to_look_alike)                   \
    X(row_deleted_by_hand)                    \
    X(row_added_by_hand)                      \
    X(edited_row_is_to_go)                    \
    X(base_is_not_known)                      \
    X(base_known_by_digest)                   \
    X(found_by_a_compare)                     \
    X(edited_again_before_the_write)          \
    X(columns_that_go_count)                  \
    X(columns_that_change_kind)               \
    X(strays_do_not_go_silently)              \
    X(grandchildren_do_not_go_silently)       \
    X(referred_rows_wait)                     \
    X(referred_rows_stay)                     \
    X(parents_that_are_missing)               \
    X(values_in_the_record)                   \
    /* test_script.c */                       \
    X(script_is_one_transaction)              \
    X(script_needs_the_lock)                  \
    X(script_that_fails_leaves_nothing)       \
    X(script_stays_inside_its_transaction)    \
    X(script_answers)                         \
    X(settings_are_put_back)                  \
    X(rows_are_found_by_key)                  \
    X(scripts_are_recorded)                   \
    X(table_of_another_tool_is_left_alone)    \
    /* test_adopt.c */                        \
    X(adopted_as_it_is_wanted)                \
    X(not_adopted_when_it_does_not_fit)       \
    X(rows_of_adopted_tables_are_checked)     \
    /* test_batches.c */                      \
    X(batches_are_single_changes)             \
    X(failed_row_of_a_batch_is_named)         \
    X(rows_that_a_trigger_changes_stay_ours)  \
    /* test_sums.c */                         \
    X(engine_adds_up_what_we_do)              \
    X(sums_find_what_differs)                 \
    X(sums_are_not_told_in_doubt)             \
    /* test_resting.c */                      \
    X(rows_that_resting_tables_refer_to)      \
    X(rows_that_resting_tables_lack)          \
    X(new_references_are_checked)

#define SUITE_DECLARE(name) void name(void **state);
SUITE_TESTS(SUITE_DECLARE)
#undef SUITE_DECLARE

typedef struct suite_test {
    const char *name;
    void (*function)(void **state);
} suite_test;

#define SUITE_ROW(name) {#name, name},
static const suite_test suite_tests[] = {SUITE_TESTS(SUITE_ROW)};
#undef SUITE_ROW
static const size_t suite_test_count = sizeof(suite_tests) / sizeof(suite_tests[0]);

#endif
