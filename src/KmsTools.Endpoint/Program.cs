using KmsTools;
using KmsTools.Endpoint;
using KmsTools.Persistence;
using KmsTools.Sqlite;

EndpointOptions options;
try
{
    options = EndpointOptions.Parse(args);
}
catch (ArgumentException error)
{
    await Console.Error.WriteLineAsync(error.Message).ConfigureAwait(false);
    await Console.Error.WriteLineAsync(EndpointOptions.Usage).ConfigureAwait(false);
    return 2;
}

if (options.ShowHelp)
{
    await Console.Out.WriteLineAsync(EndpointOptions.Usage).ConfigureAwait(false);
    return 0;
}

try
{
    using var hsmProvider = new LazyHsmProvider();
    using var engine = new KmsEngine(new SqliteStateStoreFactory().Open(options.Store), hsmProvider.Get);
    if (options.NewAccessKey)
    {
        NewAccessKey created = engine.AccessKeys.Create(options.PrincipalArn(engine.Properties.AccountId));
        await Console.Out.WriteLineAsync($"AWS_ACCESS_KEY_ID={created.AccessKeyId}\nAWS_SECRET_ACCESS_KEY={created.SecretAccessKey}").ConfigureAwait(false);
        return 0;
    }

    if (options.DevCredentials is var (id, secret))
    {
        engine.AccessKeys.Add(id, secret);
        await Console.Error.WriteLineAsync(
            $"Warning: whoever knows the access key '{id}' with the secret '{secret}' may use this store. It is temporary; keep nothing of worth in it.").ConfigureAwait(false);
    }

    await EndpointHost.RunAsync(engine, options).ConfigureAwait(false);
    return 0;
}
catch (Exception error) when (error is StateStoreException or ArgumentException or IOException or UnauthorizedAccessException
    or System.Security.Cryptography.CryptographicException)
{
    await Console.Error.WriteLineAsync(error.Message).ConfigureAwait(false);
    return 1;
}
