import Foundation
import Synchronization

/// A folder with settings, in which gateways run one after the other with the same journal. It is removed after the test.
final class GatewayFolder: Sendable {
    let path: String
    private let gateways = Mutex<[GatewayProcess]>([])

    /// The secrets of the accounts in `settings`. They are fixed random values, so that `doctor` does not object to them.
    enum Secrets {
        static let whatsApp = "3a024b440a5dd956b061eb01c6b9d90e"
        static let verifyToken = "048699de840c97d423c98efbbbf09525"
        static let chat = "whsec_AIuL5z5nyhzDTnHu6BzUp2ftEiMvJqD3"
        static let kiosk = "whsec_e/gyds3PGCm98ArFt+LAObzApRr105rE"
        static let client = "0127fee1c49ff1c9b05451b6644e5f9d"
        static let `operator` = "124b75f351f956e16db324d215db447a"
    }

    /// Settings with the accounts of a development gateway, fixed secrets and one client key; `extra` is more YAML.
    static func settings(server: String = "{}", extra: String = "") -> String {
        """
        server: \(server)
        journal: { path: journal.sqlite, min_free_space: 1MiB }
        accounts:
          - { adapter: whatsapp-cloud, name: main, secrets: ["\(Secrets.whatsApp)"], verify_token: "\(Secrets.verifyToken)" }
          - { adapter: chat, name: main, secrets: ["\(Secrets.chat)"] }
          - { adapter: kiosk, name: lobby, secrets: ["\(Secrets.kiosk)"] }
        clients: [{ name: shop, key: "\(Secrets.client)" }]
        operators: [{ name: ops, token: "\(Secrets.operator)" }]
        \(extra)
        """
    }

    /// Calls `body` with a new folder that contains `settings.yaml`; afterwards ends all gateways and removes the folder.
    static func with<Value>(settings: String = settings(), _ body: (GatewayFolder) async throws -> Value) async throws -> Value {
        let folder = try GatewayFolder(settings)
        do {
            let value = try await body(folder)
            try await folder.remove()
            return value
        } catch {
            try await folder.remove()
            throw error
        }
    }

    /// Calls `body` with a running gateway in a new folder.
    static func withGateway<Value>(
        settings: String = settings(), _ body: (GatewayFolder, GatewayProcess) async throws -> Value
    ) async throws -> Value {
        try await with(settings: settings) { try await body($0, $0.start()) }
    }

    private init(_ settings: String) throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("switchboard-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try write(settings, to: "settings.yaml")
    }

    /// Starts a gateway with `settings.yaml`, or without any settings, as a newcomer would. `arguments` are further arguments of `serve`;
    /// `setup` is a shell command that ends by becoming the gateway.
    func start(
        withSettings: Bool = true, arguments: [String] = [], fileLimit: Int? = nil, descriptorLimit: Int? = nil, setup: String? = nil
    ) async throws -> GatewayProcess {
        let number = gateways.withLock { $0.count }
        let gateway = try await GatewayProcess.start(
            in: path, arguments: (withSettings ? ["--config", "settings.yaml"] : []) + arguments, fileLimit: fileLimit,
            descriptorLimit: descriptorLimit, setup: setup, number: number)
        gateways.withLock { $0.append(gateway) }
        return gateway
    }

    /// Runs a verb with `settings.yaml` until it ends.
    func run(_ arguments: String...) async throws -> BuiltProgram.Outcome {
        try await BuiltProgram.run(arguments + ["--config", "settings.yaml"], in: path)
    }

    var journal: JournalFile { JournalFile(path: "\(path)/journal.sqlite") }

    func write(_ text: String, to name: String) throws { try Data(text.utf8).write(to: URL(fileURLWithPath: "\(path)/\(name)")) }

    func bytes(of name: String) throws -> [UInt8] { try Array(Data(contentsOf: URL(fileURLWithPath: "\(path)/\(name)"))) }

    private func remove() async throws {
        for gateway in gateways.withLock({ $0 }) { try await gateway.kill9() }
        try FileManager.default.removeItem(atPath: path)
    }
}
