import Dispatch
import Foundation
import Synchronization

/// Whether ctrl-C or SIGTERM asked the program to stop. The first signal asks; a second one ends the program at once.
final class Interruption: Sendable {
    private let isRequested = Atomic<Bool>(false)
    // Safe despite its name: filled in `init`, and then only kept alive.
    nonisolated(unsafe) private var sources: [any DispatchSourceSignal] = []

    /// Listens from now on.
    init() {
        for number in [SIGINT, SIGTERM] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { [weak self] in
                self?.isRequested.store(true, ordering: .relaxed)
                signal(number, SIG_DFL)
            }
            source.resume()
            sources.append(source)
        }
    }

    /// Called before each step.
    var isStopped: Bool { isRequested.load(ordering: .relaxed) }
}
