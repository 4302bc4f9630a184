import Messaging

extension AdapterConformance {
    func checkNoSecret() throws {
        do throws(AccountError) {
            _ = try Adapter(account: account([]))
        } catch {
            return try require(error.setting == "secrets", "it was refused because \(error)")
        }
        throw ConformanceFailure(reason: "the account was accepted")
    }

    func checkAuthentic() throws {
        let adapter = try makeAdapter(current)
        let proof = try adapter.authenticate(signed(delivery(message("Hello")), by: adapter), at: now)
        try require(proof == .signature, "the proof is \(proof)")
    }

    func checkRotated() throws {
        let adapter = try makeAdapter(next, current)
        for secret in [current, next] {
            let proof = try adapter.authenticate(signed(delivery(message("Hello")), by: makeAdapter(secret)), at: now)
            try require(proof == .signature, "the proof is \(proof)")
        }
    }

    func checkForged() throws {
        let error = try refusal(of: signed(delivery(message("Hello")), by: makeAdapter(foreign)))
        try require(error == AuthenticationError(.mismatch, header: signatureHeader), "it was refused because \(error)")
    }

    func checkTampered() throws {
        for changed in try tampered() {
            let error = try refusal(of: changed)
            try require(error == AuthenticationError(.mismatch, header: signatureHeader), "it was refused because \(error)")
        }
    }

    func checkMissingHeader() throws {
        let adapter = try makeAdapter(current)
        let right = signed(delivery(message("Hello")), by: adapter)
        for header in adapter.signatureHeaders(for: right, at: now) {
            var incomplete = right
            incomplete.headers.removeAll { $0.name == header.name }
            let error = try refusal(of: incomplete)
            try require(error == AuthenticationError(.missing, header: header.name), "it was refused because \(error)")
        }
    }

    func checkRepeatedHeader() throws {
        let adapter = try makeAdapter(current)
        let right = signed(delivery(message("Hello")), by: adapter)
        for header in adapter.signatureHeaders(for: right, at: now) {
            for other in [header.value, "of somebody else"] {
                let copy = Delivery.Header(lowercase: header.name, other)
                for headers in [right.headers + [copy], [copy] + right.headers] {
                    var repeated = right
                    repeated.headers = headers
                    let error = try refusal(of: repeated)
                    try require(error == AuthenticationError(.repeated, header: header.name), "it was refused because \(error)")
                }
            }
        }
    }

    func checkMalformedHeader() throws {
        for malformed in try malformed() {
            let error = try refusal(of: malformed)
            try require(error == AuthenticationError(.malformed, header: signatureHeader), "it was refused because \(error)")
        }
    }

    func checkDiscreet() throws {
        let adapter = try makeAdapter(current)
        for refused in try tampered() + malformed() {
            let told = String(reflecting: try refusal(of: refused))
            // These headers contain the right values for a body. Their short parts, such as a scheme's name, may appear in a message.
            let rightOnes = adapter.signatureHeaders(for: refused, at: now).flatMap { $0.value.split { ",= ".contains($0) } }
            let hidden = rightOnes.filter { $0.count >= 16 }.map(String.init) + [current.revealed]
            for text in hidden where told.contains(text) { throw ConformanceFailure(reason: "the refusal reveals \(text)") }
        }
    }

    /// Flips one bit somewhere in the body of each of a thousand deliveries. They are also read, since an operator may replay any of them.
    func checkFlipped() throws {
        let adapter = try makeAdapter(current)
        let original = signed(delivery(message("Hello")), by: adapter)
        let events = try adapter.events(in: original)
        var random = SeededGenerator(Adapter.traits.kind.description)
        for _ in 0..<1000 {
            var flipped = original
            let position = Int.random(in: original.body.indices, using: &random)
            flipped.body[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            let read = try? adapter.events(in: flipped)
            if coverage == .meaning, read == events, (try? adapter.authenticate(flipped, at: now)) != nil { continue }
            _ = try refusal(of: flipped)
        }
    }

    func checkKept() throws {
        let adapter = try makeAdapter(current)
        for header in adapter.signatureHeaders(for: signed(delivery(message("Hello")), by: adapter), at: now) {
            try require(Adapter.traits.keeps(header: header.name), "\(header.name) is not among the kept headers of its traits")
        }
    }

    private func tampered() throws -> [Delivery] {
        let delivery = try signed(delivery(message("Hello")), by: makeAdapter(current))
        let bodies = [delivery.body + [0x20], Array(delivery.body.dropLast()), [], Array(message("Hallo").utf8)]
        return bodies.map { body in
            var changed = delivery
            changed.body = body
            return changed
        }
    }

    private func malformed() throws -> [Delivery] {
        let delivery = try signed(delivery(message("Hello")), by: makeAdapter(current))
        return ["garbage", "v1=", "sha256=zz", "💥", String(repeating: "a", count: 100_000)].map { value in
            var changed = delivery
            changed.headers.removeAll { $0.name == signatureHeader }
            changed.headers.append(Delivery.Header(signatureHeader, value))
            return changed
        }
    }

    private func refusal(of delivery: Delivery) throws -> AuthenticationError {
        let adapter = try makeAdapter(current)
        do throws(AuthenticationError) {
            _ = try adapter.authenticate(delivery, at: now)
        } catch {
            return error
        }
        throw ConformanceFailure(reason: "it was accepted as authentic: \(String(decoding: delivery.body.prefix(500), as: UTF8.self))")
    }
}
