using KmsTools.Persistence;

namespace KmsTools.Sessions;

/// <summary>
/// The environment variables by which the AWS CLI and the SDKs find an endpoint and sign for it. Source: "Environment variables", AWS SDKs
/// and Tools Reference Guide.
/// </summary>
internal sealed class ClientEnvironment
{
    private readonly Dictionary<string, string?> _set;
    private readonly Dictionary<string, string?> _before;
    private readonly Action _removeAccessKey;

    private ClientEnvironment(Dictionary<string, string?> set, Action removeAccessKey)
    {
        _set = set;
        _before = set.Keys.ToDictionary(
            static name => name, static name => Environment.GetEnvironmentVariable(name), StringComparer.Ordinal);
        _removeAccessKey = removeAccessKey;
    }

    /// <summary>Sets the variables for this process and those that it starts.</summary>
    /// <param name="url">The URL of the endpoint.</param>
    /// <param name="region">The Region.</param>
    /// <param name="accessKey">An access key that was made for this.</param>
    /// <param name="removeAccessKey">Removes the access key.</param>
    public static ClientEnvironment Set(string url, string region, NewAccessKey accessKey, Action removeAccessKey)
    {
        // A session token or a profile of another account would not fit the access key.
        ClientEnvironment environment = new(
            new Dictionary<string, string?>(StringComparer.Ordinal)
            {
                ["AWS_ENDPOINT_URL_KMS"] = url,
                ["AWS_ENDPOINT_URL_STS"] = url,
                ["AWS_ACCESS_KEY_ID"] = accessKey.AccessKeyId,
                ["AWS_SECRET_ACCESS_KEY"] = accessKey.SecretAccessKey,
                ["AWS_SESSION_TOKEN"] = null,
                ["AWS_PROFILE"] = null,
                ["AWS_REGION"] = region,
                ["AWS_DEFAULT_REGION"] = region,
            },
            removeAccessKey);
        foreach ((string name, string? value) in environment._set)
        {
            Environment.SetEnvironmentVariable(name, value);
        }

        return environment;
    }

    /// <summary>Restores the variables, except those that were changed in the meantime, and removes the access key.</summary>
    public void Restore()
    {
        foreach ((string name, string? value) in _set)
        {
            if (Environment.GetEnvironmentVariable(name) == value)
            {
                Environment.SetEnvironmentVariable(name, _before[name]);
            }
        }

        try
        {
            _removeAccessKey();
        }
        catch (Exception exception) when (exception is ObjectDisposedException or StateStoreException)
        {
            // The store is closed or busy: it keeps the access key, which Get-KmsAccessKey shows.
        }
    }
}
