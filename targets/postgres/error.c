/*
 * What the server says, in our terms: an SQLSTATE tells the code, and whether the same again may
 * succeed.
 */
#include "targets/postgres/postgres.h"

const char *igd_pg_state(const PGresult *result)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    return state ? state : "";
}

/* As the server itself packs it: six bits a character. */
int igd_pg_native(const char *state)
{
    int native = 0;
    for (int n = 0; n < IGD_PG_STATE_LEN && state[n]; n++)
        native |= ((state[n] - '0') & 0x3F) << (6 * n);
    return native;
}

static bool is(const char *state, const char *which)
{
    return strncmp(state, which, strlen(which)) == 0;
}

typedef struct meaning {
    const char *state; /* or the class that it begins with */
    igd_code code;
    bool transient;
    const char *hint; /* NULL: the server's own */
} meaning;

/* The first that fits. */
static const meaning meanings[] = {
    {"08", IGD_E_UNREACHABLE, true, NULL},
    {"57P01", IGD_E_UNREACHABLE, true, "the server was shut down, or somebody ended our session"},
    {"57P02", IGD_E_UNREACHABLE, true, "the server crashed and starts again"},
    {"57P03", IGD_E_UNREACHABLE, true, "the server starts up or shuts down; try again"},
    {"57P05", IGD_E_UNREACHABLE, true, "the server ends sessions that are idle"},
    {"25P03", IGD_E_UNREACHABLE, true, "the server ends transactions that are idle"},
    {"53300", IGD_E_UNREACHABLE, true,
     "the server has no connection left; end some, or raise "
     "max_connections"},
    {"3D000", IGD_E_UNREACHABLE, false,
     "create the database first, or name another one in the URL"},
    {"28", IGD_E_UNREACHABLE, false,
     "check user and password; the password can come from "
     "PGPASSWORD or a password file (~/.pgpass)"},
    {"40", IGD_E_TARGET, true, "another program was in the way; run it again"},
    {"55P03", IGD_E_TARGET, true,
     "another program holds a lock on the table: end its transaction, "
     "or run it at another time"},
    {"25006", IGD_E_TARGET, true,
     "the server takes no writes: it is a standby, or "
     "default_transaction_read_only is on"},
    {"42501", IGD_E_TARGET, false,
     "the user of the URL lacks a privilege: grant it, or use another "
     "user"},
    {"53100", IGD_E_TARGET, false, "make room on the server's disk, then run it again"},
    {"53", IGD_E_TARGET, false, "the server is out of resources"},
    {"23503", IGD_E_TARGET, false,
     "rows of tables that are not in the repository keep theirs: "
     "delete or change them first"},
    {"2BP01", IGD_E_TARGET, false,
     "somebody made that for the table or the column: drop or change "
     "it first"},
    {"54000", IGD_E_TARGET, false, "a key or a value is larger than the server can hold"},
};

static const meaning *meaning_of(const char *state)
{
    static const meaning rejected = {"", IGD_E_TARGET, false, NULL};
    for (size_t n = 0; n < IGD_COUNT(meanings); n++)
        if (is(state, meanings[n].state))
            return &meanings[n];
    return &rejected;
}

/* Without what only developers of the server need. */
static igd_str first_line(const char *text)
{
    igd_str rest = igd_str_from(text), line = {0};
    return igd_str_split(&rest, '\n', &line) ? igd_str_trim(line) : line;
}

/* The SQLSTATE in "FATAL:  28P01: words": what a verbose message has behind its severity. */
static bool find_state(const char *message, char state[IGD_PG_STATE_LEN + 1], const char **words)
{
    const char *colon = strstr(message, ":  ");
    if (!colon || strlen(colon) < 3 + IGD_PG_STATE_LEN + 2)
        return false;
    colon += 3;
    for (int n = 0; n < IGD_PG_STATE_LEN; n++)
        if (!(colon[n] >= '0' && colon[n] <= '9') && !(colon[n] >= 'A' && colon[n] <= 'Z'))
            return false;
    if (colon[IGD_PG_STATE_LEN] != ':' || colon[IGD_PG_STATE_LEN + 1] != ' ')
        return false;
    memcpy(state, colon, IGD_PG_STATE_LEN);
    state[IGD_PG_STATE_LEN] = '\0';
    *words = colon + IGD_PG_STATE_LEN + 2;
    return true;
}

static bool ends_session(const char *state)
{
    return is(state, "57P0") || is(state, "25P03");
}

static void note_end(igd_pg *it, const PGresult *result)
{
    const char *state = igd_pg_state(result);
    if (ends_session(state))
        memcpy(it->ended, state, IGD_PG_STATE_LEN + 1);
}

void igd_pg_on_notice(void *payload, const PGresult *result)
{
    note_end(payload, result);
}

static int fail_lost(igd_pg *it, igd_error *err)
{
    /* What the server said last came between two statements and is no result. */
    char state[IGD_PG_STATE_LEN + 1];
    const char *words = PQerrorMessage(it->db);
    if (find_state(words, state, &words) && ends_session(state))
        memcpy(it->ended, state, sizeof(state));
    const meaning *why = meaning_of(it->ended[0] ? it->ended : "08006");
    igd_fail(err, IGD_E_UNREACHABLE, "postgres: the connection was lost: %.*s",
             IGD_STR_ARG(first_line(words)));
    err->transient = true;
    err->native = igd_pg_native(why->state);
    return why->hint ? igd_hint(err, "%s", why->hint) : (int)IGD_E_UNREACHABLE;
}

int igd_pg_fail(igd_pg *it, const PGresult *result, igd_error *err)
{
    if (result)
        note_end(it, result);
    if (igd_pg_is_lost(it))
        return fail_lost(it, err);
    const char *state = igd_pg_state(result);
    const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const char *detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);
    const char *hint = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT);
    const meaning *why = meaning_of(state);
    if (!primary) {
        igd_str said = first_line(PQerrorMessage(it->db));
        return igd_fail(err, IGD_E_TARGET, "postgres: %.*s", IGD_STR_ARG(said));
    }
    igd_fail(err, why->code, "postgres: %s%s%s", primary, detail ? ": " : "", detail ? detail : "");
    err->native = igd_pg_native(state);
    err->transient = why->transient;
    /* A row that the changes do not touch was edited, as far as we can see. */
    it->sql.base.dangling |= is(state, "23503");
    if (why->hint || hint)
        igd_hint(err, "%s", why->hint ? why->hint : hint);
    return (int)why->code;
}

/* ---- connecting ---- */

#define CERTIFICATES                                                                            \
    "check the certificates: sslrootcert (who signed the server's), sslcert and sslkey in the " \
    "URL, or in ~/.postgresql"

/* libpq does not hand out the state of a failed login but in its verbose message, and that has to
 * be asked for before. So the login is tried once more, where it was the server that refused. */
int igd_pg_fail_connect(PGconn *db, igd_error *err)
{
    char state[IGD_PG_STATE_LEN + 1];
    const char *words = NULL;
    bool refused = strstr(PQerrorMessage(db), ":  ") != NULL;
    if (refused) {
        PQsetErrorVerbosity(db, PQERRORS_VERBOSE);
        PQreset(db);
    }
    if (refused && find_state(PQerrorMessage(db), state, &words)) {
        const meaning *why = meaning_of(state);
        igd_fail(err, IGD_E_UNREACHABLE, "postgres: %.*s", IGD_STR_ARG(first_line(words)));
        err->native = igd_pg_native(state);
        err->transient = why->transient;
        if (strstr(PQerrorMessage(db), "certificate"))
            return igd_hint(err, CERTIFICATES);
        if (strstr(words, "no encryption"))
            return igd_hint(err, "the server may want TLS from here: sslmode=require");
        return why->hint ? igd_hint(err, "%s", why->hint) : (int)IGD_E_UNREACHABLE;
    }
    igd_str said = first_line(PQerrorMessage(db));
    igd_fail(err, IGD_E_UNREACHABLE, "postgres: %.*s", IGD_STR_ARG(said));
    if (PQconnectionNeedsPassword(db))
        return igd_hint(err, "give a password: PGPASSWORD, a password file (~/.pgpass), or the "
                             "configuration with ${ENV}");
    if (strstr(PQerrorMessage(db), "could not translate host name"))
        return igd_hint(err, "check the host in the URL");
    if (strstr(PQerrorMessage(db), "certificate"))
        return igd_hint(err,
                        "check the certificates: sslrootcert (who signed the server's), sslcert "
                        "and sslkey in the URL, or in ~/.postgresql");
    /* What is wrong with options does not change by waiting. */
    err->transient = strstr(PQerrorMessage(db), "connection to server") != NULL &&
                     !strstr(PQerrorMessage(db), "SSL") && !strstr(PQerrorMessage(db), "GSS");
    return igd_hint(err, err->transient ? "check that the server runs and listens there"
                                        : "check the parameters of the URL");
}
