using KmsTools.Identifiers;

namespace KmsTools.Endpoint.Signing;

/// <summary>The content of the Authorization header of a signed request. None of it is verified.</summary>
/// <param name="AccessKeyId">The access key.</param>
/// <param name="Date">The day of the signing key, yyyyMMdd.</param>
/// <param name="Region">The Region of the signing key.</param>
/// <param name="SignedHeaders">The names of the headers that are signed, in lower case.</param>
/// <param name="Signature">The signature in hexadecimal digits.</param>
internal readonly record struct SignatureClaim(
    string AccessKeyId, string Date, RegionName Region, string[] SignedHeaders, string Signature);
