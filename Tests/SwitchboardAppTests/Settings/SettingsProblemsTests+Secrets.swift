import Messaging
import SwitchboardApp
import Testing

// Secrets, keys and tokens.
extension SettingsProblemsTests {
    @Test(
        "An account that anybody could post to is refused",
        arguments: [
            ("{ adapter: chat, name: a }", "accounts[0].secrets: an account must have at least one secret (line 1)"),
            ("{ adapter: chat, name: a, secrets: [] }", "accounts[0].secrets: an account must have at least one secret (line 1)"),
            (
                "{ adapter: whatsapp-cloud, name: a, secrets: [''] }",
                "accounts[0].secrets[0]: must be a string of at least 8 characters (line 1)"
            ),
            (
                "{ adapter: whatsapp-cloud, name: a, secrets: ['${EMPTY}'] }",
                "accounts[0].secrets[0]: EMPTY is empty (line 1); set it in the environment or in .env\(meaning)"
            ),
            (
                "{ adapter: chat, name: a, secrets: [~] }",
                "accounts[0].secrets[0]: must be whsec_ and Base64 of at least 24 bytes, not null (line 1)"
            ),
            (
                "{ adapter: kiosk, name: a, secrets: [whsec_c2hvcnQ=] }",
                "accounts[0].secrets[0]: must be whsec_ and Base64 of at least 24 bytes (line 1)"
            ),
            (
                "{ adapter: whatsapp-cloud, name: a, secrets: ['${EMPTY:-}'] }",
                "accounts[0].secrets: an account must have at least one secret, and none of its variables is set: EMPTY (line 1); "
                    + "set it in the environment or in .env"
            ),
            ("{ adapter: chat, name: a, secrets: x }", "accounts[0].secrets: must be a list (line 1)"),
        ])
    func noSecret(account: String, expected: String) {
        #expect(problems("accounts: [\(account)]", ["EMPTY": ""]) == expected)
    }

    @Test("A secret is never shown, not even a wrong one")
    func secretsAreHidden() {
        let text = problems("accounts: [{ adapter: chat, name: a, secrets: [{ hush: 1 }], verify_token: [hush] }]")
        #expect(text.contains("accounts[0].secrets[0]") && text.contains("accounts[0].verify_token"))
        #expect(!text.contains("hush"))
    }

    private static let notStrings = [
        ("null", ", not null"), ("~", ", not null"), ("", ", not null"),
        ("false", ", not true or false; put it in quotes if it is the secret"),
        ("Yes", ", not true or false; put it in quotes if it is the secret"),
        ("12345678901234567890", ", not a number; put it in quotes if it is the secret"),
        ("0x0123456789abcdef", ", not a number; put it in quotes if it is the secret"),
        ("1.5e10", ", not a number; put it in quotes if it is the secret"),
        ("2026-11-22", ", not a value of another type; put it in quotes if it is the secret"),
        ("'   '", ", not white space"), ("\"\\t\\r\\n\"", ", not white space"), ("'${BLANK}'", ", not white space"), ("''", ""),
        ("seven-7", ""),
        ("'  seven-7 '", ""),
    ]

    @Test("Only a string of sufficient length is a secret", arguments: notStrings)
    func notASecret(yaml: String, reason: String) {
        let told = { (path: String, length: Int) in
            let (what, advice) = (reason.prefix { $0 != ";" }, reason.drop { $0 != ";" })
            let subject = yaml == "'${BLANK}'" ? "BLANK " : ""
            return "\(path): \(subject)must be a string of at least \(length) characters\(what) (line 2)\(advice)"
        }
        #expect(
            problems("accounts:\n- { adapter: whatsapp-cloud, name: a, secrets: [\(yaml.isEmpty ? "~" : yaml)] }", ["BLANK": " \n"])
                == told("accounts[0].secrets[0]", 8))
        #expect(
            problems("accounts:\n- { adapter: whatsapp-cloud, name: a, verify_token: \(yaml), secrets: [of-eight] }", ["BLANK": " \n"])
                == told("accounts[0].verify_token", 8))
        // For these settings a key without a value counts as left out.
        guard reason != ", not null" else { return }
        #expect(problems("clients:\n- { name: a, key: \(yaml) }", ["BLANK": " \n"]) == told("clients[0].key", 16))
        #expect(problems("operators:\n- { name: a, token: \(yaml) }", ["BLANK": " \n"]) == told("operators[0].token", 16))
        #expect(
            problems("supabase:\n  service_role_key: \(yaml)\n  url: 'https://x.supabase.co'", ["BLANK": " \n"])
                == told("supabase.service_role_key", 8))
    }

    @Test(
        "Our keys and tokens need sixteen characters, a provider's secret eight",
        arguments: [("fifteen-chars-x", false), ("sixteen-chars-xy", true)])
    func lengths(text: String, isGood: Bool) {
        #expect(problems("clients: [{ name: a, key: '\(text)' }]").isEmpty == isGood)
        #expect(problems("operators: [{ name: a, token: '\(text)' }]").isEmpty == isGood)
        #expect(problems("accounts: [{ adapter: whatsapp-cloud, name: a, secrets: ['\(text.suffix(isGood ? 8 : 7))'] }]").isEmpty == isGood)
    }

    @Test("A key or token may be a list whose second entry may be empty by its variable; none may be wrong or repeated")
    func lists() throws {
        let (one, two) = ("the-token-of-b-one", "the-token-of-b-two")
        let yaml = "clients: [{ name: a, key: ['${OLD}', '${NEW:-}'] }]\noperators: [{ name: b, token: [\(one), \(two)] }]"
        let settings = try Settings(yaml: yaml, environment: SettingsEnvironment(process: ["OLD": "the-key-of-client-a"]))
        #expect(settings.clients == [Settings.Client(name: "a", keys: [Secret("the-key-of-client-a")])])
        #expect(settings.operators.first?.tokens == [Secret(one), Secret(two)])
        #expect(problems("operators: [{ name: a, token: [\(one), short] }]").hasPrefix("operators[0].token[1]: must be a string"))
        #expect(problems("operators: [{ name: a, token: [\(one), \(one)] }]") == "operators[0].token: has a value twice (line 1)")
        #expect(problems("operators: [{ name: a, token: [] }]").hasPrefix("operators[0].token: has no value: it must be a string"))
    }

    @Test(
        "A key or token may be given as its digest, which must be complete",
        arguments: ["clients: [{ name: a, key", "operators: [{ name: a, token"])
    func digests(start: String) {
        let digits = String(repeating: "0f1e", count: 16)
        #expect(problems("\(start): 'sha256:\(digits)' }]").isEmpty)
        for wrong in [String(digits.dropLast()), digits + "00", String(digits.dropLast()) + "g"] {
            #expect(problems("\(start): 'sha256:\(wrong)' }]").hasSuffix("must have 64 hexadecimal digits after sha256: (line 1)"))
        }
        #expect(problems("\(start): 'sha256:\(digits)  -' }]").contains("without the “-” that sha256sum prints behind them (line 1)"))
    }

    @Test("A secret that two holders share is refused, since it cannot distinguish them")
    func sharedSecrets() {
        let key = "the-key-of-them-all"
        #expect(
            problems("clients: [{ name: a, key: \(key) }, { name: b, key: ' \(key) ' }]")
                == "clients[1].key: is that of clients[0] too: each must be unique (line 1)")
        #expect(
            problems("clients: [{ name: a, key: \(key) }]\noperators: [{ name: ops, token: \(key) }]")
                == "operators[0].token: is that of clients[0] too: each must be unique (line 2)")
        // `printf the-key-of-them-all | sha256sum`
        let digest = "sha256:bc9c47e9b00e55d204f014d61948c7b667c13c498bc9aea5459e879b0c392408"
        for (one, other) in [(key, digest), (digest, key)] {
            #expect(
                problems("clients: [{ name: a, key: '\(one)' }]\noperators: [{ name: ops, token: '\(other)' }]")
                    == "operators[0].token: is that of clients[0] too: each must be unique (line 2)")
        }
        #expect(problems("clients: [{ name: a, key: [\(key), '\(digest)'] }]") == "clients[0].key: has a value twice (line 1)")
        #expect(
            problems("accounts: [{ adapter: twilio, name: main, secrets: [\(key)] }]\nclients: [{ name: a, key: '\(digest)' }]")
                == "clients[0].key: is that of accounts[0] too: each must be unique (line 2)")
        #expect(
            problems("clients: [{ name: a, key: \(key) }]\noperators: [{ name: ops, token: [the-token-of-ops-1, \(key)] }]")
                == "operators[0].token: is that of clients[0] too: each must be unique (line 2)")
    }

    @Test(
        "White space and line ends around a secret are removed, and this is reported",
        arguments: ["' app-secret'", "\"app-secret\\n\"", "'${TRAILING}'", "\"\\uFEFFapp-secret\\r\\n\"", "\"\\u00A0app-secret\""])
    func trimmed(yaml: String) throws {
        let environment = try SettingsEnvironment(process: [
            "TRAILING": "app-secret\r\n", "SUPABASE_URL": "https://x.supabase.co", "SUPABASE_SERVICE_ROLE_KEY": "service-key\n",
        ])
        let settings = try Settings(
            yaml: """
                accounts:
                - { adapter: whatsapp-cloud, name: a, secrets: [\(yaml)], verify_token: \(yaml) }
                """, environment: environment)
        #expect(settings.accounts[0].secrets == [Secret("app-secret")])
        #expect(settings.accounts[0].verifyToken == Secret("app-secret"))
        #expect(settings.supabase.serviceRoleKey == Secret("service-key"))
        let subject = yaml == "'${TRAILING}'" ? "TRAILING " : ""
        #expect(
            settings.notes.map(\.description) == [
                "accounts[0].secrets[0]: \(subject)has white space or a line end around it, which is left out (line 2)",
                "accounts[0].verify_token: \(subject)has white space or a line end around it, which is left out (line 2)",
                "supabase.service_role_key: SUPABASE_SERVICE_ROLE_KEY has white space or a line end around it, which is left out",
            ])
    }

    @Test(
        "An optional secret whose variable may be empty counts as missing if it is empty, without a note",
        arguments: [[:], ["NO": ""]])
    func ignored(variables: [String: String]) throws {
        let settings = try Settings(
            yaml: "accounts: [{ adapter: whatsapp-cloud, name: a, secrets: [of-eight], verify_token: '${NO:-}' }]\n"
                + "supabase: { db_url: '${NO:-}', service_role_key: }",
            environment: SettingsEnvironment(process: variables))
        #expect(settings.accounts[0].verifyToken == nil && settings.supabase.dbURL == nil && settings.notes == [])
    }

    @Test(
        "A required secret whose variable is empty or not set stops the start",
        arguments: [
            ("accounts:\n- { adapter: whatsapp-cloud, name: a, secrets: [of-eight], verify_token: '${V}' }", "accounts[0].verify_token"),
            ("accounts:\n- { adapter: whatsapp-cloud, name: a, secrets: ['${V}'] }", "accounts[0].secrets[0]"),
            ("clients:\n- { name: a, key: '${V}' }", "clients[0].key"), ("operators:\n- { name: a, token: '${V}' }", "operators[0].token"),
            ("supabase:\n  service_role_key: '${V}'\n  url: https://x.supabase.co", "supabase.service_role_key"),
            ("supabase:\n  db_url: '${V}'", "supabase.db_url"),
        ])
    func wanted(yaml: String, path: String) {
        let meaning = path == "accounts[0].secrets[0]" ? Self.meaning : ""
        #expect(problems(yaml, ["V": ""]) == "\(path): V is empty (line 2); set it in the environment or in .env\(meaning)")
        #expect(problems(yaml) == "\(path): the variable V is not set (line 2); set it in the environment or in .env\(meaning)")
    }

    /// Where the secret of the adapter is found.
    static let meaning = ": the app secret, in Meta's app dashboard under App settings, Basic"

    private static let elsewhere =
        "set it in the environment or in .env, or SUPABASE_DB_URL to connect to Postgres directly, or FEATURE_SUPABASE_WRITE=false to keep everything only in the journal"

    @Test(
        "Supabase's URL without its key, or the key without the URL, is reported with the missing variable",
        arguments: [
            (
                "", ["SUPABASE_URL": "https://x.supabase.co"],
                "supabase.service_role_key: SUPABASE_SERVICE_ROLE_KEY is not set, and supabase.url is given; \(elsewhere)"
            ),
            (
                "", ["SUPABASE_URL": "https://x.supabase.co", "SUPABASE_SERVICE_ROLE_KEY": "", "SUPABASE_DB_URL": ""],
                "supabase.service_role_key: SUPABASE_SERVICE_ROLE_KEY is empty, and supabase.url is given; \(elsewhere)"
            ),
            (
                "supabase: { service_role_key: of-eight }", [:],
                "supabase.url: SUPABASE_URL is not set, and supabase.service_role_key is given (line 1); \(elsewhere)"
            ),
            (
                "supabase:\n  url: '${PROJECT:-}'\n  service_role_key: '${KEY:-}'", ["PROJECT": "", "KEY": "of-eight"],
                "supabase.url: PROJECT is empty, and supabase.service_role_key is given (line 2); \(elsewhere)"
            ),
        ] as [(String, [String: String], String)])
    func halfSupabase(yaml: String, variables: [String: String], expected: String) {
        #expect(problems(yaml, variables) == expected)
        // If saving is switched off or uses a direct connection, neither is needed.
        for more in [["FEATURE_SUPABASE_WRITE": "false"], ["SUPABASE_DB_URL": "postgres://h/d"]] {
            #expect(problems(yaml, variables.merging(more) { $1 }) == "")
        }
    }

    @Test("Without either of the two, and with env.example's empty values, the gateway has no database")
    func noSupabase() {
        #expect(problems("") == "")
        #expect(problems("", ["SUPABASE_URL": "", "SUPABASE_SERVICE_ROLE_KEY": "", "SUPABASE_DB_URL": ""]) == "")
    }

    @Test("A database's URL is checked, and never shown")
    func databaseURL() {
        #expect(
            problems("supabase: { db_url: '' }")
                == "supabase.db_url: is empty: leave the key out if there is no direct connection (line 1)")
        #expect(
            problems("supabase: { db_url: 'mysql://u:hush@h/d' }")
                == "supabase.db_url: the URL does not begin with postgres:// or postgresql:// (line 1)")
        #expect(
            problems("supabase: { db_url: 'postgres://u:hu%sh@h/d' }").hasPrefix(
                "supabase.db_url: the URL's user or password has a % that no two hexadecimal digits follow; special characters"))
        #expect(
            problems("", ["SUPABASE_DB_URL": "postgres://u:hush@h:x/d"])
                == "supabase.db_url: SUPABASE_DB_URL's port has no number from 1 to 65535")
        #expect(
            problems("", ["SUPABASE_DB_URL": "mysql://h/d"])
                == "supabase.db_url: SUPABASE_DB_URL does not begin with postgres:// or postgresql://")
        #expect(
            problems("", ["SUPABASE_DB_URL": "postgres://h/d?schema=other"])
                .hasPrefix("supabase.db_url: SUPABASE_DB_URL: the option schema asks for another schema than public"))
    }
}
