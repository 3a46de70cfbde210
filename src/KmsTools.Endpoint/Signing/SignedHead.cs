using KmsTools.AccessKeys;
using KmsTools.Http;
using KmsTools.Identifiers;

namespace KmsTools.Endpoint.Signing;

/// <summary>What the head of a request has shown before its body is read.</summary>
/// <param name="Claim">The content of its Authorization header.</param>
/// <param name="Time">The time of the signature, as it is signed.</param>
/// <param name="Region">The Region of the signature.</param>
/// <param name="Credentials">The credentials that the store knows by the claimed ID.</param>
/// <param name="BodyHash">
/// The hash of the body that the head states, with which the signature is verified already; null when it states none.
/// </param>
internal readonly record struct SignedHead(
    SignatureClaim Claim, string Time, RegionName Region, CallerCredentials Credentials, byte[]? BodyHash);
