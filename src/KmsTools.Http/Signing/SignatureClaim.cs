namespace KmsTools.Http;

/// <summary>The content of the Authorization header of a signed request. None of it is verified.</summary>
/// <param name="AccessKeyId">The access key.</param>
/// <param name="Scope">What the signing key is for.</param>
/// <param name="SignedHeaders">The names of the headers that are signed, in lower case.</param>
/// <param name="Signature">The signature in hexadecimal digits.</param>
public readonly record struct SignatureClaim(string AccessKeyId, CredentialScope Scope, string[] SignedHeaders, string Signature);
