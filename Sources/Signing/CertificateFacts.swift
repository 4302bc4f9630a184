import COpenSSL
import Foundation

/// The facts that the gateway needs from an X.509 certificate.
public struct CertificateFacts: Sendable, Equatable {
    /// The subject's common name; nil if there is none, or more than one.
    public let commonName: String?
    /// The last second of its validity, since 1970.
    public let notAfter: Int64

    /// Nil if the bytes are not a certificate in DER.
    public init?(der: [UInt8]) {
        let certificate = der.withUnsafeBufferPointer { bytes in
            var start = bytes.baseAddress
            return d2i_X509(nil, &start, bytes.count)
        }
        guard let certificate else { return nil }
        defer { X509_free(certificate) }
        var end = tm()
        guard ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) == 1 else { return nil }
        notAfter = Int64(timegm(&end))
        commonName = Self.commonName(X509_get_subject_name(certificate))
    }

    private static func commonName(_ subject: OpaquePointer?) -> String? {
        let first = X509_NAME_get_index_by_NID(subject, NID_commonName, -1)
        guard first >= 0, X509_NAME_get_index_by_NID(subject, NID_commonName, first) < 0,
            let value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, first))
        else { return nil }
        var text: UnsafeMutablePointer<UInt8>?
        let length = ASN1_STRING_to_UTF8(&text, value)
        guard length >= 0, let text else { return nil }
        defer { CRYPTO_free(text, nil, 0) }
        return String(decoding: UnsafeBufferPointer(start: text, count: Int(length)), as: UTF8.self)
    }
}
