namespace KmsTools.Http;

/// <summary>What a signing key is for: one day, one Region and one service.</summary>
/// <param name="Date">The day in UTC, yyyyMMdd.</param>
/// <param name="Region">The Region.</param>
/// <param name="Service">The service, such as kms.</param>
public readonly record struct CredentialScope(string Date, string Region, string Service)
{
    /// <summary>The end of every scope.</summary>
    public const string Terminator = "aws4_request";

    /// <summary>The scope as it is signed: date/region/service/aws4_request.</summary>
    public override string ToString() => $"{Date}/{Region}/{Service}/{Terminator}";
}
