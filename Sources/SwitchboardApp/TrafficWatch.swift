import Files
import Logging
import Messaging
import NIOPosix
import Receiver
import ServiceLifecycle

/// Looks at the accounts' traffic, and keeps it in a file beside the journal so that the next start goes on from there.
struct TrafficWatch: Service {
    let traffic: AccountTraffic
    private let file: String
    private let logger: Logger

    /// Several looks in each quarter hour, and soon after an account's webhooks come again.
    private static let pause = Duration.seconds(15)
    /// A killed gateway forgets at most what came since the last time.
    private static let looksASave = 20

    /// Reads what the last process has left. `journal` is the journal's path.
    init(besideJournal journal: String, logger: Logger) {
        file = Self.file(besideJournal: journal)
        self.logger = logger
        let bytes = SmallFile.isNamed(file) ? try? SmallFile(file, limit: 16 << 20).read() : []
        if bytes == nil {
            logger.notice("the accounts' traffic cannot be read: it is learned anew", metadata: ["file": "\(file)"])
        }
        traffic = AccountTraffic(bytes ?? [], logger: logger)
    }

    /// `account-traffic.journal.sqlite.json` in the journal's folder: the name does not begin with the journal's, since it is no part of it.
    static func file(besideJournal journal: String) -> String {
        "\(GatewayFile.folder(of: journal))/account-traffic.\(journal.split(separator: "/").last ?? "journal").json"
    }

    func run() async {
        await cancelWhenGracefulShutdown {
            var looks = 0
            while !Task.isCancelled {
                traffic.look(at: .now)
                looks += 1
                if looks % Self.looksASave == 0 { await save() }
                // Throws if the task is cancelled, which ends the loop.
                try? await Task.sleep(for: Self.pause)
            }
        }
        traffic.look(at: .now)
        await save()
    }

    /// On a thread that may wait for the disk.
    private func save() async {
        let (bytes, file) = (traffic.encoded(at: .now), file)
        do {
            try await NIOThreadPool.singleton.runIfActive { try GatewayFile.write(bytes, to: file) }
        } catch {
            logger.debug("the accounts' traffic could not be saved", metadata: ["file": "\(file)", "error": "\(error)"])
        }
    }
}
