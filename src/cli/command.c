/*
 * The command table.
 */
#include "cli/command.h"

const igd_command igd_commands[] = {
    {"sync", IGD_CMD_SYNC, true, IGD_NEEDS_WRITE, "ingitdb-go migrate sync [OPTION]...",
     "bring the target to a commit",
     "Reads the database at --ref and writes what differs from the commit that the target holds:\n"
     "schema, records and bookkeeping, in one transaction. An empty target is filled.\n"
     "A second sync of the same commit changes nothing.",
     igd_cmd_sync},
    {"analyze", IGD_CMD_ANALYZE, true, IGD_NEEDS_READ, "ingitdb-go migrate analyze [OPTION]...",
     "compare source and target; report, change nothing",
     "Compares all of the target with --ref: what a full sync would do, and why. Each difference\n"
     "is pending (git moved on), drift (the target was edited) or conflict (both). Columns,\n"
     "indexes and constraints of others are listed; they stay.",
     igd_cmd_analyze},
    {"verify", IGD_CMD_VERIFY, true, IGD_NEEDS_READ, "ingitdb-go migrate verify [OPTION]...",
     "prove that the target equals the commit that it says it holds",
     "Compares all of the target with its last synced commit, schema and every value, and exits\n"
     "with 1 when they differ. Records that were left out as invalid cannot be verified: they are\n"
     "counted. Columns, indexes and constraints of others do not matter.",
     igd_cmd_verify},
    {"generate", IGD_CMD_GENERATE, true, IGD_NEEDS_REHEARSAL,
     "ingitdb-go migrate generate [OPTION]...", "write a migration script and its rollback",
     "Writes the statements that a sync would execute as a script for the target's own client, and\n"
     "with it one that undoes them: rows, tables and bookkeeping as they are now. The target is only\n"
     "read. The script goes to standard output, or to --output; where the target is at --ref there\n"
     "is nothing to write. With --from, what the target holds does not matter: the script is for one\n"
     "that is at that commit and was not edited.",
     igd_cmd_generate},
    {"status", IGD_CMD_STATUS, true, IGD_NEEDS_READ, "ingitdb-go migrate status [OPTION]...",
     "what the target holds, and how far behind it is",
     "Shows the last synced commit, how many commits and records --ref is ahead of it, who holds\n"
     "the lock, records that were left out, and the last error. Writes nothing.",
     igd_cmd_status},
    {"validate", IGD_CMD_VALIDATE, true, IGD_NEEDS_SOURCE,
     "ingitdb-go migrate validate [OPTION]...", "check the source alone",
     "Reports every schema error and every invalid record of --ref, grouped by cause.\n"
     "Needs no target.",
     igd_cmd_validate},
    {"apply", IGD_CMD_APPLY, true, IGD_NEEDS_SCRIPT,
     "ingitdb-go migrate apply --script FILE [OPTION]...",
     "run a script, transactionally, and verify it",
     "Runs a script of generate, or its rollback, if it is as it was written and the target holds\n"
     "the commit and the rows that it was made for: all of it, or nothing. Records it in\n"
     "schema_migrations. Applied a second time it changes nothing. Needs no repository.",
     igd_cmd_apply},
    {"unlock", IGD_CMD_UNLOCK, true, IGD_NEEDS_LOCK, "ingitdb-go migrate unlock [OPTION]...",
     "remove a stale lock, after showing whose it is",
     "A live holder loses the lock only with --force, or when a terminal is asked and says yes.\n"
     "It cannot write any more after that: its next transaction is refused.",
     igd_cmd_unlock},
    {"help", IGD_CMD_HELP, false, IGD_NEEDS_NOTHING, "ingitdb-go help [COMMAND]",
     "show this, or the options of a command", "", igd_cmd_help},
    {"version", IGD_CMD_VERSION, false, IGD_NEEDS_NOTHING, "ingitdb-go version [OPTION]...",
     "show the version", "", igd_cmd_version},
    {"completion", IGD_CMD_COMPLETION, false, IGD_NEEDS_NOTHING,
     "ingitdb-go completion bash|zsh [OPTION]...", "print a completion script for a shell",
     "In ~/.bashrc:  source <(ingitdb-go completion bash)\n"
     "In ~/.zshrc, behind compinit:  source <(ingitdb-go completion zsh)",
     igd_cmd_completion},
};

const size_t igd_command_count = IGD_COUNT(igd_commands);

const igd_command *igd_command_find(const char *name)
{
    for (size_t n = 0; n < igd_command_count; n++)
        if (strcmp(igd_commands[n].name, name) == 0)
            return &igd_commands[n];
    return NULL;
}

bool igd_command_has_markdown(const igd_command *command)
{
    const uint32_t with = IGD_CMD_HELP | IGD_CMD_ANALYZE | IGD_CMD_VERIFY;
    return (command->mask & with) == command->mask;
}
