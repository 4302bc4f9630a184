import Foundation
import SwitchboardTesting

/// Stands in for PostgREST in benchmarks: prints its URL and serves a database until it is killed.
@main
struct PostgRESTStandIn {
    static func main() async throws {
        guard let database = CommandLine.arguments.dropFirst().first else { return print("usage: postgrest-stand-in DATABASE_URL") }
        try await PostgRESTServer.run(database: database) { server in
            // Unlike print, this does not wait until a pipe has a block of it.
            FileHandle.standardOutput.write(Data("\(server.url) \(PostgRESTServer.Keys.legacy)\n".utf8))
            try await Task.sleep(for: .seconds(86_400))
        }
    }
}
