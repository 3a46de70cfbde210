using System.Security.Cryptography;
using System.Text;

namespace KmsTools.Endpoint.Sts;

/// <summary>What AWS STS returns about a principal.</summary>
/// <param name="Arn">The ARN of the principal.</param>
/// <param name="Account">Its account.</param>
/// <param name="UserId">
/// The unique ID: AIDA… for a user, AROA… for a role, followed by the session name if it is a session; the account for a root user. A store
/// has no users, so it is derived from the ARN: the same principal has the same ID in every store.
/// </param>
internal sealed record CallerIdentity(string Arn, string Account, string UserId)
{
    private const string IdAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    private const int IdLength = 17;

    /// <summary>The identity of the principal of an access key.</summary>
    public static CallerIdentity Of(string arn)
    {
        string[] parts = arn.Split(':', 6);
        string account = parts[4];
        return new CallerIdentity(arn, account, parts[5].Split('/') switch
        {
            ["root"] => account,
            ["federated-user", var name] => $"{account}:{name}",
            ["assumed-role", var role, var session] => $"{IdOfRole(account, role)}:{session}",
            ["role", .., var role] => IdOfRole(account, role),
            _ => Id("AIDA", arn),
        });
    }

    // The ARN of a session lacks the path of its role.
    private static string IdOfRole(string account, string name) => Id("AROA", $"arn:aws:iam::{account}:role/{name}");

    private static string Id(string prefix, string arn) =>
        prefix + string.Concat(
            SHA256.HashData(Encoding.UTF8.GetBytes(arn)).Take(IdLength).Select(static b => IdAlphabet[b % IdAlphabet.Length]));
}
