/// Holds the answers to writes for the thread that is to give them, so that it is woken once for a whole transaction.
public protocol AnswerQueue: AnyObject, Sendable {
    /// Adds an answer without waking the thread.
    func append(_ answer: @escaping @Sendable () -> Void)
    /// Has the thread give the answers that were added. Called after the last answer of a transaction, once for each write that has the queue.
    func wake()
}
