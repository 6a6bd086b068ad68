/*
 * The context of a run: repository, configuration and target, as the settings ask for them.
 */
#ifndef IGD_CLI_CONTEXT_H
#define IGD_CLI_CONTEXT_H

#include "cli/config.h"

struct igd_context {
    igd_repo *repo; /* NULL: `unlock` or `apply` outside of a repository */
    igd_config config;
    igd_str lasting_name; /* of the source, by the configuration or its origin; else empty: it is
                             that of a directory */
    igd_commit commit;    /* what the ref resolves to */
    igd_target *target;
    igd_url url; /* of the target */
};

void igd_context_free(igd_context *context);
IGD_DEFINE_CLEANUP(igd_context, igd_context_free)

/*
 * Opens what the command needs. `given` holds the command line and the environment; the
 * configuration completes it, and invocation->settings become final. A target that is opened is
 * announced on standard error: which one, where that came from, and ref -> commit.
 */
IGD_MUST_CHECK int igd_context_open(igd_invocation *invocation, const igd_command *command,
                                    igd_given *given, igd_context *out, igd_error *err);

/* The same target once more, for a rehearsal of what is done to it. */
IGD_MUST_CHECK int igd_context_rehearsal(const igd_invocation *invocation, igd_target **out,
                                         igd_error *err);

#endif
