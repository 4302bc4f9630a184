/// Collects the answers to writes for the thread that gives them, so that it is woken once for a whole transaction.
public protocol AnswerQueue: AnyObject, Sendable {
    /// Adds an answer without waking the thread.
    func append(_ answer: @escaping @Sendable () -> Void)
    /// Makes the thread give the answers that were added. Called after the last answer of a transaction, once for each write that uses the
    /// queue.
    func wake()
}
