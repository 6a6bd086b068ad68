/*
 * Errors of the server and of the connection, in our terms.
 */
#include "targets/mysql/mysql.h"

/* Some numbers that only one of the two servers has, or that later versions brought. */
enum {
    MARIADB_KILLED = 1927,
    MYSQL_SUPER_READ_ONLY = 3100,
    MYSQL_SESSION_KILLED = 3169,
    MYSQL_IDLE_TOO_LONG = 4031,
};

bool igd_mysql_is_lost(int native)
{
    switch (native) {
    case CR_SERVER_GONE_ERROR:
    case CR_SERVER_LOST:
    case CR_SERVER_LOST_EXTENDED:
    case ER_SERVER_SHUTDOWN:
    case ER_NORMAL_SHUTDOWN:
    case ER_FORCING_CLOSE:
    case ER_NEW_ABORTING_CONNECTION:
    case ER_NET_READ_ERROR:
    case ER_NET_READ_INTERRUPTED:
    case ER_NET_ERROR_ON_WRITE:
    case ER_NET_WRITE_INTERRUPTED:
    case MARIADB_KILLED:
    case MYSQL_SESSION_KILLED:
    case MYSQL_IDLE_TOO_LONG:
        return true;
    default:
        return false;
    }
}

typedef struct meaning {
    int number;
    igd_code code;
    bool transient;
    const char *hint; /* or NULL */
} meaning;

#define GRANTS                                                                               \
    "grant the user what it needs on the database: SELECT to read; INSERT, UPDATE, DELETE, " \
    "CREATE, ALTER, DROP, INDEX, REFERENCES and CREATE TEMPORARY TABLES to sync"

/* A server may want TLS of an account, with a certificate or without, and says no more than this.
 */
#define WHO "check user and password, and whether the account wants TLS (?tls=required, ?tls_cert=)"

static const meaning meanings[] = {
    /* Where nobody answers, yet. */
    {CR_CONNECTION_ERROR, IGD_E_UNREACHABLE, true,
     "is the server running, and does it listen there?"},
    {CR_CONN_HOST_ERROR, IGD_E_UNREACHABLE, true,
     "is the server running, and does it listen on this host and port?"},
    {ER_CON_COUNT_ERROR, IGD_E_UNREACHABLE, true, "the server has no connection to spare"},
    {ER_TOO_MANY_USER_CONNECTIONS, IGD_E_UNREACHABLE, true, "the user has no connection to spare"},
    {ER_UNKNOWN_COM_ERROR, IGD_E_UNREACHABLE, true,
     "a node of a cluster that is not ready: wait, or use another one"},
    /* Where the answer is no. */
    {CR_UNKNOWN_HOST, IGD_E_UNREACHABLE, false, "check the host's name in the URL"},
    {CR_SSL_CONNECTION_ERROR, IGD_E_UNREACHABLE, false,
     "check ?tls=, ?tls_ca=, and the server's certificate"},
    {CR_AUTH_PLUGIN_CANNOT_LOAD, IGD_E_UNREACHABLE, false,
     "the client library does not know the way this user logs in"},
    {ER_ACCESS_DENIED_ERROR, IGD_E_UNREACHABLE, false, WHO},
    {ER_ACCESS_DENIED_NO_PASSWORD_ERROR, IGD_E_UNREACHABLE, false, WHO},
    {ER_DBACCESS_DENIED_ERROR, IGD_E_UNREACHABLE, false,
     "check the database's name, and what the user may do there"},
    {ER_BAD_DB_ERROR, IGD_E_UNREACHABLE, false,
     "create the database first; this program creates tables only"},
    {ER_HOST_NOT_PRIVILEGED, IGD_E_UNREACHABLE, false,
     "the server does not let this host in: GRANT ... TO user@host"},
    {ER_HOST_IS_BLOCKED, IGD_E_UNREACHABLE, false, "unblock it with FLUSH HOSTS"},
    /* Others were in the way. */
    {ER_LOCK_DEADLOCK, IGD_E_TARGET, true, NULL},
    {ER_LOCK_WAIT_TIMEOUT, IGD_E_TARGET, true,
     "another session holds a lock on the rows or the table: end its transaction, or wait longer "
     "with ?timeout=SECONDS"},
    {ER_TABLE_DEF_CHANGED, IGD_E_TARGET, true,
     "somebody changes the schema at the same time: run it again"},
    {ER_ERROR_DURING_COMMIT, IGD_E_TARGET, true, NULL},
    {ER_OPTION_PREVENTS_STATEMENT, IGD_E_TARGET, true,
     "the server takes no writes at the moment (read_only): is it a replica?"},
    {ER_READ_ONLY_MODE, IGD_E_TARGET, true, "the server takes no writes at the moment"},
    {MYSQL_SUPER_READ_ONLY, IGD_E_TARGET, true, "the server takes no writes at the moment"},
    /* What somebody has to see to. */
    {ER_TABLEACCESS_DENIED_ERROR, IGD_E_TARGET, false, GRANTS},
    {ER_COLUMNACCESS_DENIED_ERROR, IGD_E_TARGET, false,
     "grant the user what it needs on the whole table"},
    {ER_SPECIFIC_ACCESS_DENIED_ERROR, IGD_E_TARGET, false,
     "grant the user that privilege, or use another user"},
    {ER_RECORD_FILE_FULL, IGD_E_TARGET, false,
     "make room for the server's data, then run it again"},
    {ER_DISK_FULL, IGD_E_TARGET, false, "make room on the server's disk, then run it again"},
    {ER_NET_PACKET_TOO_LARGE, IGD_E_TARGET, false,
     "a value is larger than the server takes: raise its max_allowed_packet"},
    {ER_TOO_BIG_ROWSIZE, IGD_E_TARGET, false,
     "the columns of the table are too long together: give fewer of them a max_length"},
    {ER_UNKNOWN_STORAGE_ENGINE, IGD_E_TARGET, false, "the server has to have InnoDB"},
};

/* By a session that has been let in: of what statements need on the whole database, temporary
 * tables are the one thing that a user may lack who has synced before. */
static const meaning denied_in_session = {ER_DBACCESS_DENIED_ERROR, IGD_E_TARGET, false, GRANTS};

static const meaning *meaning_of(const igd_mysql *it, int number)
{
    if (number == ER_DBACCESS_DENIED_ERROR && it->db)
        return &denied_in_session;
    for (size_t n = 0; n < IGD_COUNT(meanings); n++)
        if (meanings[n].number == number)
            return &meanings[n];
    return NULL;
}

/* A wait that took too long takes back the statement, or the whole transaction: that is a setting
 * of the server, innodb_rollback_on_timeout. An error does not tell, the next answer does. */
static bool is_taken_back(const igd_mysql *it)
{
    return !it->db || mysql_ping(it->db) || !(it->db->server_status & SERVER_STATUS_IN_TRANS);
}

int igd_mysql_fail(igd_mysql *it, unsigned number, const char *message, igd_error *err)
{
    const meaning *known = meaning_of(it, (int)number);
    bool lost = igd_mysql_is_lost((int)number);
    igd_code code = lost ? IGD_E_UNREACHABLE : known ? known->code : IGD_E_TARGET;
    igd_fail(err, code, "%s: %s", it->mariadb ? "mariadb" : "mysql", message);
    err->native = (int)number;
    err->transient = lost || (known && known->transient);
    if (known && known->hint)
        igd_hint(err, "%s", known->hint);
    /* Both take the whole transaction back. */
    if (lost || number == ER_LOCK_DEADLOCK)
        it->in_transaction = false;
    else if (number == ER_LOCK_WAIT_TIMEOUT && it->in_transaction)
        it->in_transaction = !is_taken_back(it);
    return (int)code;
}

int igd_mysql_fail_here(igd_mysql *it, igd_error *err)
{
    if (!it->db)
        return igd_mysql_fail(it, CR_SERVER_GONE_ERROR, "the connection is lost", err);
    return igd_mysql_fail(it, mysql_errno(it->db), mysql_error(it->db), err);
}
