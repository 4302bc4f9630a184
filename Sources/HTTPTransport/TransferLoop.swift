import CCurl

/// Runs all transfers; only used on the transport's own thread.
struct TransferLoop {
    private let multi: UnsafeMutableRawPointer
    private let inbox: TransferInbox
    private let limits: TransportLimits
    private var transfers: [TransferID: Transfer] = [:]
    private var idleHandles: [UnsafeMutableRawPointer] = []

    /// The most idle handles that are kept; a burst's further ones are freed.
    private static let mostIdleHandles = 64

    init(multi: UnsafeMutableRawPointer, inbox: TransferInbox, limits: TransportLimits) {
        self.multi = multi
        self.inbox = inbox
        self.limits = limits
    }

    /// Runs until the inbox is closed, then ends and frees everything.
    mutating func run() {
        var isLast = false
        while !isLast {
            let batch = inbox.take()
            for command in batch.commands { perform(command) }
            isLast = batch.isLast
            if !isLast { advance() }
        }
        failAll(.shutDown)
        for handle in idleHandles { curl_easy_cleanup(handle) }
        curl_multi_cleanup(multi)
    }

    private mutating func perform(_ command: TransferCommand) {
        switch command {
        case .start(let id, let request, let continuation): start(id, request, continuation)
        case .cancel(let id): end(id, .failure(HTTPTransportError(.cancelled, message: "the request was cancelled")))
        }
    }

    private mutating func start(_ id: TransferID, _ request: OutgoingRequest, _ continuation: TransferContinuation) {
        guard let handle = idleHandles.popLast() ?? curl_easy_init() else {
            continuation.resume(returning: .failure(HTTPTransportError(.other, message: "libcurl has no memory")))
            return
        }
        let transfer = Transfer(id: id, handle: handle, continuation: continuation)
        transfers[id] = transfer
        do throws(HTTPTransportError) {
            try transfer.configure(for: request, within: limits)
            guard curl_multi_add_handle(multi, handle) == CURLM_OK else {
                throw HTTPTransportError(.other, message: "libcurl does not take the transfer")
            }
        } catch {
            end(id, .failure(error))
        }
    }

    /// Advances every transfer as far as possible, then sleeps until a socket, a timer or the inbox has something.
    private mutating func advance() {
        var running: Int32 = 0
        let performed = curl_multi_perform(multi, &running)
        endFinished()
        let polled = curl_multi_poll(multi, nil, 0, 60_000, nil)
        if performed != CURLM_OK || polled != CURLM_OK {
            failAll(HTTPTransportError(.other, message: "libcurl cannot continue its transfers"))
        }
    }

    private mutating func endFinished() {
        var remaining: Int32 = 0
        while let message = curl_multi_info_read(multi, &remaining) {
            guard message.pointee.msg == CURLMSG_DONE, let handle = message.pointee.easy_handle,
                let transfer = Transfer.attached(to: handle)
            else { continue }
            end(transfer.id, transfer.outcome(of: switchboard_curl_message_result(message)))
        }
    }

    /// Ends a transfer. Only this function resumes its continuation, after removing it from the dictionary, so that this happens once.
    private mutating func end(_ id: TransferID, _ outcome: Result<IncomingResponse, HTTPTransportError>) {
        guard let transfer = transfers.removeValue(forKey: id) else { return }
        curl_multi_remove_handle(multi, transfer.handle)
        // The handle's options point into the transfer, which is freed when this function returns.
        curl_easy_reset(transfer.handle)
        if idleHandles.count < TransferLoop.mostIdleHandles {
            idleHandles.append(transfer.handle)
        } else {
            curl_easy_cleanup(transfer.handle)
        }
        transfer.continuation.resume(returning: outcome)
    }

    private mutating func failAll(_ error: HTTPTransportError) {
        for id in Array(transfers.keys) { end(id, .failure(error)) }
    }
}
