import Files
import Logging
import Messaging
import NIOPosix
import Receiver
import ServiceLifecycle

/// Evaluates the accounts' traffic at intervals, and saves it in a file beside the journal, so that the next start continues from there.
struct TrafficWatch: Service {
    let traffic: AccountTraffic
    private let file: String
    private let logger: Logger

    /// Short enough for several evaluations in each quarter hour, and to notice soon that an account's webhooks have resumed.
    private static let pause = Duration.seconds(15)
    /// The number of evaluations between two saves. A gateway that is killed loses at most what arrived since the last one.
    private static let looksASave = 20

    /// Reads the file that the last process has left. `journal` is the journal's path.
    init(besideJournal journal: String, logger: Logger) {
        file = Self.file(besideJournal: journal)
        self.logger = logger
        let bytes = SmallFile.isNamed(file) ? try? SmallFile(file, limit: 16 << 20).read() : []
        if bytes == nil {
            logger.notice("the accounts' traffic cannot be read: it is learned anew", metadata: ["file": "\(file)"])
        }
        traffic = AccountTraffic(bytes ?? [], logger: logger)
    }

    /// The path of `account-traffic.journal.sqlite.json` in the journal's folder. The name does not begin with the journal's, since the
    /// file is not part of the journal.
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

    /// Saves on a thread that may wait for the disk.
    private func save() async {
        let (bytes, file) = (traffic.encoded(at: .now), file)
        do {
            try await NIOThreadPool.singleton.runIfActive { try GatewayFile.write(bytes, to: file) }
        } catch {
            logger.debug("the accounts' traffic could not be saved", metadata: ["file": "\(file)", "error": "\(error)"])
        }
    }
}
