#pragma once
#include <libpq-fe.h>
#include <sys/eventfd.h>

// The codes of PQresultErrorField are character literals, which Swift does not import.

static const int SWITCHBOARD_PG_SQLSTATE = PG_DIAG_SQLSTATE;
static const int SWITCHBOARD_PG_MESSAGE = PG_DIAG_MESSAGE_PRIMARY;
static const int SWITCHBOARD_PG_DETAIL = PG_DIAG_MESSAGE_DETAIL;
static const int SWITCHBOARD_PG_HINT = PG_DIAG_MESSAGE_HINT;
static const int SWITCHBOARD_PG_CONTEXT = PG_DIAG_CONTEXT;
