import HTTPTransport
import Messaging
import Postgres
import Relay
import Supabase
import SwitchboardTesting
import Testing

@Suite("Calling by REST")
struct RESTTransportTests {
    @Test("A legacy key is sent as apikey and Bearer, a secret key as apikey only, and the agent is named")
    func headers() async throws {
        let database = try await ContractDatabase.make()
        try await PostgRESTServer.run(database: database.url) { server async throws in
            try await FaultyProxy.run(before: server.url) { proxy async throws in
                for key in [PostgRESTServer.Keys.legacy, PostgRESTServer.Keys.secret] {
                    let transport = try RESTTransport(url: proxy.url, key: Secret(" \(key)\n"))
                    defer { transport.shutdown() }
                    #expect(try await transport.call(.inspect, #"{"a":1}"#) == #"{"a": 1}"#)
                }
                let sent = proxy.requests
                #expect(sent.map(\.method) == ["POST", "POST"])
                #expect(sent.allSatisfy { $0.url.hasSuffix("/rest/v1/rpc/switchboard_inspect") })
                #expect(sent.map { String(decoding: $0.body ?? [], as: UTF8.self) } == [#"{"request":{"a":1}}"#, #"{"request":{"a":1}}"#])
                #expect(sent.map { $0.value("apikey") } == [PostgRESTServer.Keys.legacy, PostgRESTServer.Keys.secret])
                #expect(sent.map { $0.value("authorization") } == ["Bearer \(PostgRESTServer.Keys.legacy)", nil])
                #expect(sent.map { $0.value("user-agent") } == ["switchboard/1", "switchboard/1"])
                #expect(sent.map { $0.value("content-type") } == ["application/json", "application/json"])
                #expect(sent.map { $0.value("content-profile") } == ["public", "public"])
            }
        }
    }

    @Test("The schema is named in the profile headers of each request; a schema that is not exposed pauses all calls")
    func schema() async throws {
        let database = try await ContractDatabase.make()
        try await PostgRESTServer.run(database: database.url) { server async throws in
            try await FaultyProxy.run(before: server.url) { proxy async throws in
                let transport = try RESTTransport(url: proxy.url, key: Secret(PostgRESTServer.Keys.legacy), schema: .acme)
                defer { transport.shutdown() }
                let failure = try #require(await transport.failure(of: .inspect, "{}"))
                #expect(failure.status == 406 && failure.code == "PGRST106" && failure.disposition == .pause)
                #expect(failure.message == "Invalid schema: acme" && !failure.isOutcomeUnknown)
                #expect(failure.hint == "Only the following schemas are exposed: public, graphql_public")
                #expect(failure.advice.contains("expose the schema acme") && failure.advice.contains("PGRST_DB_SCHEMAS=public,acme"))
                let described = await #expect(throws: CallFailure.self) { try await transport.openAPI() }
                #expect(described?.code == "PGRST106")
                #expect(proxy.requests.map { $0.value("content-profile") } == ["acme", nil])
                #expect(proxy.requests.map { $0.value("accept-profile") } == [nil, "acme"])
            }
        }
    }

    @Test("The URL is accepted as users write it", arguments: ["", "/", "//", "/rest/v1", "/rest/v1/", "\n"])
    func url(suffix: String) async throws {
        let database = try await ContractDatabase.make()
        try await database.rest { _, server async throws in
            let transport = try RESTTransport(url: server.url + suffix, key: Secret(PostgRESTServer.Keys.legacy))
            defer { transport.shutdown() }
            #expect(try await transport.call(.inspect, "{}") == "{}")
        }
    }

    @Test(
        "A text that is not a URL is refused at once",
        arguments: ["", "abc.supabase.co", "ftp://abc.supabase.co", "https://", "postgres://a:b@c/d"])
    func noURL(url: String) {
        let failure = #expect(throws: CallFailure.self) { try RESTTransport(url: url, key: Secret("sb_secret_x")) }
        #expect(failure?.disposition == .pause)
    }

    @Test(
        "A wrong key, or one of a lesser role, pauses all calls",
        arguments: [
            ("eyJhbGciOiJIUzI1NiJ9.e30.eA", "", "key"), ("sb_secret_wrong", "", "key"), (PostgRESTServer.Keys.anon, "42501", "anon"),
            ("", "", "key"),
        ])
    func wrongKey(key: String, code: String, word: String) async throws {
        let database = try await ContractDatabase.make()
        try await database.rest(key: key) { transport, _ async throws in
            let failure = await transport.failure(of: .inspect, "{}")
            #expect(failure?.status == 401)
            #expect(failure?.code == code)
            #expect(failure?.disposition == .pause)
            #expect(failure?.advice.contains(word) == true)
            if !key.isEmpty { #expect(!String(reflecting: failure).contains(key)) }
        }
    }

    @Test("PostgREST refuses a secret key as Bearer")
    func secretAsBearer() async throws {
        let database = try await ContractDatabase.make()
        try await database.rest { _, server async throws in
            let key = PostgRESTServer.Keys.secret
            let http = try HTTPTransport()
            defer { http.shutdown() }
            let response = try await http.send(
                OutgoingRequest(
                    method: "POST", url: "\(server.url)/rest/v1/rpc/switchboard_inspect",
                    headers: [HTTPField("apikey", key), HTTPField("Authorization", "Bearer \(key)")], body: Array(#"{"request":{}}"#.utf8)))
            #expect(response.status == 401)
            #expect(response.header("proxy-status") == "PostgREST; error=PGRST301")
            #expect(String(decoding: response.body, as: UTF8.self).contains("Expected 3 parts in JWT; got 1"))
        }
    }

    @Test("The API's description contains the columns' types")
    func openAPI() async throws {
        let database = try await ContractDatabase.make()
        try await database.rest { transport, _ async throws in
            let description = try await transport.openAPI()
            #expect(description.columns(of: "stored") == ["id": "text", "batch": "jsonb", "stored_at": "timestamp with time zone"])
            #expect(description.columns(of: "nothing") == nil)
        }
    }

    @Test("After an outage the database is called again and answers")
    func outage() async throws {
        // The server will be killed, which loses everything that is not on the disk.
        let postgres = try await PostgresServer.start(isDurable: true)
        let pool = try PostgresPool(url: postgres.url(), connections: 1)
        try await pool.execute(script: ContractDatabase.schema, within: .seconds(30))
        pool.shutdown()
        try await ContractDatabase(url: postgres.url()).rest { transport, _ async throws in
            #expect(try await transport.call(.inspect, "{}") == "{}")
            try await postgres.kill9()
            let failure = await transport.failure(of: .inspect, "{}")
            #expect(failure?.disposition == .retry)
            #expect(failure?.code == "PGRST002")
            #expect(failure?.retryAfter == .zero)
            try await postgres.restart()
            #expect(try await transport.call(.inspect, "{}") == "{}")
        }
        try await postgres.stop()
    }
}

extension OutgoingRequest {
    fileprivate func value(_ name: String) -> String? { headers.first { $0.name.lowercased() == name }?.value }
}
