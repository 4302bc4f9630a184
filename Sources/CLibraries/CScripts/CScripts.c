// Written by `make migration`: the scripts of Config/supabase, to whose folders the links beside this file lead.
#include "CScripts.h"

#include <string.h>

#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char script_20261124000000_switchboard_tables[] = {
#embed "migrations/20261124000000_switchboard_tables.sql"
};
static const unsigned char script_20261124000100_switchboard_functions[] = {
#embed "migrations/20261124000100_switchboard_functions.sql"
};
static const unsigned char script_20261125200000_switchboard_tokens[] = {
#embed "migrations/20261125200000_switchboard_tokens.sql"
};
static const unsigned char script_20261126000000_switchboard_merged_sessions[] = {
#embed "migrations/20261126000000_switchboard_merged_sessions.sql"
};
static const unsigned char script_20261126050000_switchboard_functions_v2[] = {
#embed "migrations/20261126050000_switchboard_functions_v2.sql"
};
static const unsigned char script_20261126060000_switchboard_customer_named[] = {
#embed "migrations/20261126060000_switchboard_customer_named.sql"
};
static const unsigned char script_20261126090000_switchboard_status_rank[] = {
#embed "migrations/20261126090000_switchboard_status_rank.sql"
};
static const unsigned char script_20261126100000_switchboard_functions_v3[] = {
#embed "migrations/20261126100000_switchboard_functions_v3.sql"
};
static const unsigned char script_20261126110000_switchboard_number_since[] = {
#embed "migrations/20261126110000_switchboard_number_since.sql"
};
static const unsigned char script_20261126120000_switchboard_functions_v4[] = {
#embed "migrations/20261126120000_switchboard_functions_v4.sql"
};
static const unsigned char script_20261126140000_switchboard_functions_v5[] = {
#embed "migrations/20261126140000_switchboard_functions_v5.sql"
};
static const unsigned char script_20261126160000_switchboard_identity_linked[] = {
#embed "migrations/20261126160000_switchboard_identity_linked.sql"
};
static const unsigned char script_20261126160050_switchboard_indexes[] = {
#embed "migrations/20261126160050_switchboard_indexes.sql"
};
static const unsigned char script_20261126160100_switchboard_functions_v6[] = {
#embed "migrations/20261126160100_switchboard_functions_v6.sql"
};
static const unsigned char script_20261126193000_switchboard_functions_v7[] = {
#embed "migrations/20261126193000_switchboard_functions_v7.sql"
};
static const unsigned char script_20261126233000_switchboard_functions_v8[] = {
#embed "migrations/20261126233000_switchboard_functions_v8.sql"
};
static const unsigned char script_20261127030000_switchboard_functions_v9[] = {
#embed "migrations/20261127030000_switchboard_functions_v9.sql"
};
static const unsigned char script_20261127063500_switchboard_functions_v10[] = {
#embed "migrations/20261127063500_switchboard_functions_v10.sql"
};
static const unsigned char script_20261127091000_switchboard_functions_v11[] = {
#embed "migrations/20261127091000_switchboard_functions_v11.sql"
};
static const unsigned char script_20261127141100_switchboard_functions_v12[] = {
#embed "migrations/20261127141100_switchboard_functions_v12.sql"
};
static const unsigned char script_20261127175200_switchboard_functions_v13[] = {
#embed "migrations/20261127175200_switchboard_functions_v13.sql"
};
static const unsigned char script_agents[] = {
#embed "recipes/agents.sql"
};

static const struct {
    const char *file;
    const unsigned char *text;
    size_t length;
} scripts[] = {
    {"20261124000000_switchboard_tables.sql", script_20261124000000_switchboard_tables, sizeof script_20261124000000_switchboard_tables},
    {"20261124000100_switchboard_functions.sql", script_20261124000100_switchboard_functions, sizeof script_20261124000100_switchboard_functions},
    {"20261125200000_switchboard_tokens.sql", script_20261125200000_switchboard_tokens, sizeof script_20261125200000_switchboard_tokens},
    {"20261126000000_switchboard_merged_sessions.sql", script_20261126000000_switchboard_merged_sessions, sizeof script_20261126000000_switchboard_merged_sessions},
    {"20261126050000_switchboard_functions_v2.sql", script_20261126050000_switchboard_functions_v2, sizeof script_20261126050000_switchboard_functions_v2},
    {"20261126060000_switchboard_customer_named.sql", script_20261126060000_switchboard_customer_named, sizeof script_20261126060000_switchboard_customer_named},
    {"20261126090000_switchboard_status_rank.sql", script_20261126090000_switchboard_status_rank, sizeof script_20261126090000_switchboard_status_rank},
    {"20261126100000_switchboard_functions_v3.sql", script_20261126100000_switchboard_functions_v3, sizeof script_20261126100000_switchboard_functions_v3},
    {"20261126110000_switchboard_number_since.sql", script_20261126110000_switchboard_number_since, sizeof script_20261126110000_switchboard_number_since},
    {"20261126120000_switchboard_functions_v4.sql", script_20261126120000_switchboard_functions_v4, sizeof script_20261126120000_switchboard_functions_v4},
    {"20261126140000_switchboard_functions_v5.sql", script_20261126140000_switchboard_functions_v5, sizeof script_20261126140000_switchboard_functions_v5},
    {"20261126160000_switchboard_identity_linked.sql", script_20261126160000_switchboard_identity_linked, sizeof script_20261126160000_switchboard_identity_linked},
    {"20261126160050_switchboard_indexes.sql", script_20261126160050_switchboard_indexes, sizeof script_20261126160050_switchboard_indexes},
    {"20261126160100_switchboard_functions_v6.sql", script_20261126160100_switchboard_functions_v6, sizeof script_20261126160100_switchboard_functions_v6},
    {"20261126193000_switchboard_functions_v7.sql", script_20261126193000_switchboard_functions_v7, sizeof script_20261126193000_switchboard_functions_v7},
    {"20261126233000_switchboard_functions_v8.sql", script_20261126233000_switchboard_functions_v8, sizeof script_20261126233000_switchboard_functions_v8},
    {"20261127030000_switchboard_functions_v9.sql", script_20261127030000_switchboard_functions_v9, sizeof script_20261127030000_switchboard_functions_v9},
    {"20261127063500_switchboard_functions_v10.sql", script_20261127063500_switchboard_functions_v10, sizeof script_20261127063500_switchboard_functions_v10},
    {"20261127091000_switchboard_functions_v11.sql", script_20261127091000_switchboard_functions_v11, sizeof script_20261127091000_switchboard_functions_v11},
    {"20261127141100_switchboard_functions_v12.sql", script_20261127141100_switchboard_functions_v12, sizeof script_20261127141100_switchboard_functions_v12},
    {"20261127175200_switchboard_functions_v13.sql", script_20261127175200_switchboard_functions_v13, sizeof script_20261127175200_switchboard_functions_v13},
    {"agents.sql", script_agents, sizeof script_agents},
};

const unsigned char *cscripts_text(const char *file, size_t *length) {
    for (size_t index = 0; index < sizeof scripts / sizeof scripts[0]; index++) {
        if (strcmp(scripts[index].file, file) != 0) continue;
        *length = scripts[index].length;
        return scripts[index].text;
    }
    return NULL;
}
