import CCurl

/// One request in flight: its easy handle, the memory that libcurl points to, and the response so far.
final class Transfer {
    let id: TransferID
    let handle: UnsafeMutableRawPointer
    let continuation: TransferContinuation
    private var collector = ResponseCollector()
    private var headerList: UnsafeMutablePointer<curl_slist>?
    private let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))

    init(id: TransferID, handle: UnsafeMutableRawPointer, continuation: TransferContinuation) {
        self.id = id
        self.handle = handle
        self.continuation = continuation
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        curl_slist_free_all(headerList)
        errorText.deallocate()
    }

    /// The transfer of a configured handle; nil if there is none.
    static func attached(to handle: UnsafeMutableRawPointer) -> Transfer? {
        var pointer: UnsafeMutableRawPointer?
        guard switchboard_curl_get_pointer(handle, CURLINFO_PRIVATE, &pointer) == CURLE_OK, let pointer else { return nil }
        return Unmanaged<Transfer>.fromOpaque(pointer).takeUnretainedValue()
    }

    /// Configures the handle. libcurl points to this object from then on, so it must live until the handle's next reset.
    func configure(for request: OutgoingRequest, within limits: TransportLimits) throws(HTTPTransportError) {
        collector = ResponseCollector(limit: limits.responseBytes)
        try set(CURLOPT_ERRORBUFFER, pointer: errorText)
        try set(CURLOPT_NOSIGNAL, 1)
        try set(CURLOPT_PROTOCOLS_STR, text: "http,https")
        try set(CURLOPT_FOLLOWLOCATION, 0)
        try set(CURLOPT_SSL_VERIFYPEER, request.isToThisMachine ? 0 : 1)
        try set(CURLOPT_SSL_VERIFYHOST, request.isToThisMachine ? 0 : 2)
        if request.isToThisMachine { try set(CURLOPT_NOPROXY, text: "*") }
        if let file = request.authorities { try set(CURLOPT_CAINFO, text: file) }
        try set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
        // Waits for a connection that may turn out to be HTTP/2 instead of opening one per request.
        try set(CURLOPT_PIPEWAIT, 1)
        try set(CURLOPT_CONNECTTIMEOUT_MS, limits.connectTimeout.wholeMilliseconds)
        // libcurl takes 0 for no limit.
        try set(CURLOPT_TIMEOUT_MS, max(1, (request.timeout ?? limits.totalTimeout).wholeMilliseconds))
        try set(CURLOPT_URL, text: request.url)
        try setBody(of: request)
        try setHeaders(of: request)
        try setCallbacks()
    }

    /// The result of the transfer, once libcurl has finished it.
    func outcome(of result: CURLcode) -> Result<IncomingResponse, HTTPTransportError> {
        if collector.isTooLarge {
            return .failure(HTTPTransportError(.tooLarge, curlCode: Int(result.rawValue), message: collector.tooLargeReason))
        }
        guard result == CURLE_OK else { return .failure(HTTPTransportError(curl: result, detail: String(cString: errorText))) }
        return .success(collector.response)
    }

    private func setBody(of request: OutgoingRequest) throws(HTTPTransportError) {
        if let body = request.body {
            try set(CURLOPT_POST, 1)
            try set(CURLOPT_POSTFIELDSIZE, body.count)
            // An empty array may have no address; any address does, since no byte of it is read.
            try check(
                body.withUnsafeBytes { bytes in
                    switchboard_curl_set_pointer(handle, CURLOPT_COPYPOSTFIELDS, bytes.baseAddress ?? UnsafeRawPointer(errorText))
                })
        } else if request.method == "HEAD" {
            try set(CURLOPT_NOBODY, 1)
        }
        try set(CURLOPT_CUSTOMREQUEST, text: request.method)
    }

    private func setHeaders(of request: OutgoingRequest) throws(HTTPTransportError) {
        let names = Set(request.headers.map { $0.name.lowercased() })
        if !names.contains("user-agent") { try set(CURLOPT_USERAGENT, text: "switchboard/0.1") }
        // By default libcurl would declare a form, and wait a second for a `100 Continue`; `NAME:` removes a default header.
        for name in ["Content-Type", "Expect"] where !names.contains(name.lowercased()) { try append("\(name):") }
        // libcurl expects an empty value as `NAME;`.
        for field in request.headers { try append(field.value.isEmpty ? "\(field.name);" : "\(field.name): \(field.value)") }
        try set(CURLOPT_HTTPHEADER, pointer: headerList)
    }

    private func setCallbacks() throws(HTTPTransportError) {
        let this = Unmanaged.passUnretained(self).toOpaque()
        try set(CURLOPT_PRIVATE, pointer: this)
        try set(CURLOPT_HEADERDATA, pointer: this)
        try set(CURLOPT_WRITEDATA, pointer: this)
        try check(switchboard_curl_set_write(handle, CURLOPT_HEADERFUNCTION) { Transfer.take($0, $1 * $2, $3) { $0.takeHeaderLine($1) } })
        try check(switchboard_curl_set_write(handle, CURLOPT_WRITEFUNCTION) { Transfer.take($0, $1 * $2, $3) { $0.takeBody($1) } })
    }

    /// libcurl aborts the transfer if the result differs from `count`.
    private static func take(
        _ bytes: UnsafeMutablePointer<CChar>?, _ count: Int, _ transfer: UnsafeMutableRawPointer?,
        by collect: (inout ResponseCollector, UnsafeRawBufferPointer) -> Bool
    ) -> Int {
        guard let transfer else { return 0 }
        let buffer = UnsafeRawBufferPointer(start: bytes, count: count)
        return collect(&Unmanaged<Transfer>.fromOpaque(transfer).takeUnretainedValue().collector, buffer) ? count : 0
    }

    private func append(_ line: String) throws(HTTPTransportError) {
        guard let longer = curl_slist_append(headerList, line) else { throw HTTPTransportError(curl: CURLE_OUT_OF_MEMORY, detail: "") }
        headerList = longer
    }

    private func set(_ option: CURLoption, _ value: Int) throws(HTTPTransportError) {
        try check(switchboard_curl_set_long(handle, option, value))
    }

    private func set(_ option: CURLoption, text: String) throws(HTTPTransportError) {
        try check(switchboard_curl_set_pointer(handle, option, text))
    }

    private func set(_ option: CURLoption, pointer: UnsafeRawPointer?) throws(HTTPTransportError) {
        try check(switchboard_curl_set_pointer(handle, option, pointer))
    }

    private func check(_ result: CURLcode) throws(HTTPTransportError) {
        guard result == CURLE_OK else { throw HTTPTransportError(curl: result, detail: String(cString: errorText)) }
    }
}

extension Duration {
    fileprivate var wholeMilliseconds: Int { Int(components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000) }
}
