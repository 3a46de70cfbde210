using System.Management.Automation;
using System.Text;
using KmsTools.AccessKeys;
using KmsTools.Cryptography;

namespace KmsTools.Sessions;

/// <summary>Credentials as a user gives them, none of which is verified.</summary>
internal sealed class GivenCredentials(string accessKeyId, string secretAccessKey, string? sessionToken)
{
    private static readonly string[] AccessKeyNames = ["AccessKey", "AccessKeyId"];
    private static readonly string[] SecretKeyNames = ["SecretKey", "SecretAccessKey"];
    private static readonly string[] TokenNames = ["Token", "SessionToken"];

    /// <summary>The ID of the access key.</summary>
    public string AccessKeyId => accessKeyId;

    /// <summary>The session token, or null.</summary>
    public string? SessionToken => sessionToken;

    /// <summary>
    /// Credentials from an object: a PSCredential with the access key as its user name, or anything that has the members of the credentials
    /// of AWS.Tools, of the AWS SDK or of Use-STSRole.
    /// </summary>
    /// <exception cref="ArgumentException">The object has none.</exception>
    public static GivenCredentials Of(object credential)
    {
        object value = credential is PSObject wrapper ? wrapper.BaseObject : credential;
        if (value is PSCredential pair)
        {
            return new GivenCredentials(pair.UserName, pair.GetNetworkCredential().Password, null);
        }

        // The credentials of the AWS SDK may have to be fetched; what comes back has the members.
        PSObject found = PSObject.AsPSObject(credential);
        if (found.Methods["GetCredentials"] is { } fetch && fetch.Invoke() is { } fetched)
        {
            found = PSObject.AsPSObject(fetched);
        }

        return Read(found, AccessKeyNames) is { } accessKey && Read(found, SecretKeyNames) is { } secretKey
            ? new GivenCredentials(accessKey, secretKey, Read(found, TokenNames))
            : throw new ArgumentException(
                "-Credential takes an object with AccessKey and SecretKey, and Token for temporary credentials, or a PSCredential with the "
                    + "access key as its user name.");
    }

    /// <summary>Finds out whose they are.</summary>
    /// <exception cref="KmsException">UnrecognizedClientException, ExpiredTokenException, InvalidSignatureException.</exception>
    public CallerCredentials Authenticate(KmsEngine engine)
    {
        using Secret secret = Secret.TakeOver(Encoding.UTF8.GetBytes(secretAccessKey));
        return engine.Authenticator.Authenticate(accessKeyId, secret, sessionToken);
    }

    /// <summary>The ID, never the secret.</summary>
    public override string ToString() => accessKeyId;

    private static string? Read(PSObject from, string[] names) => names
        .Select(name => from.Properties[name]?.Value?.ToString())
        .FirstOrDefault(static value => !string.IsNullOrEmpty(value));
}
