using KmsTools.BouncyCastle;
using KmsTools.Persistence;
using KmsTools.Sqlite;

namespace KmsTools.Endpoint;

/// <summary>The program: what its arguments ask for.</summary>
internal static class EndpointProgram
{
    /// <summary>Runs until it is told to end.</summary>
    /// <returns>The exit code: 0, 1 when it cannot do its work, 2 when the arguments are wrong.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
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
            using ServerCertificate? certificate = options.Certificate is { } file
                ? ServerCertificate.Load(file, options.CertificateKey, Environment.GetEnvironmentVariable(ServerCertificate.PasswordVariable))
                : null;
            if (options.StepClock && !Directory.Exists(options.Store.Folder))
            {
                throw new IOException($"There is no store in '{options.Store.Folder}'.");
            }

            using var hsmProvider = new LazyHsmProvider();
            using var engine = new KmsEngine(new SqliteStateStoreFactory().Open(options.Store), hsmProvider.Get, static () => new BouncyCastleSignatures());
            if (options.NewAccessKey)
            {
                NewAccessKey created = engine.AccessKeys.Create(options.PrincipalArn(engine.Properties.AccountId), LocalCaller(engine));
                await Console.Out.WriteLineAsync($"AWS_ACCESS_KEY_ID={created.AccessKeyId}\nAWS_SECRET_ACCESS_KEY={created.SecretAccessKey}").ConfigureAwait(false);
                return 0;
            }

            if (options is { StepClock: true, Days: { } days })
            {
                engine.StepClock(engine.UtcNow.AddDays(days), LocalCaller(engine));
                await Console.Out.WriteLineAsync($"The clock stands at {engine.UtcNow.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}.").ConfigureAwait(false);
                return 0;
            }

            if (options.DevCredentials is var (id, secret))
            {
                engine.AccessKeys.Add(id, secret);
                await Console.Error.WriteLineAsync(
                    $"Warning: whoever knows the access key '{id}' with the secret '{secret}' may use this store. It is temporary; keep nothing of worth in it.").ConfigureAwait(false);
            }

            await EndpointHost.RunAsync(engine, options, certificate).ConfigureAwait(false);
            return 0;
        }
        catch (System.Net.Sockets.SocketException error)
        {
            await Console.Error.WriteLineAsync($"Port {options.Port} of {options.Address} cannot be served: {error.Message}.").ConfigureAwait(false);
            return 1;
        }
        catch (Exception error) when (error is StateStoreException or ArgumentException or InvalidOperationException or IOException or UnauthorizedAccessException
            or System.Security.Cryptography.CryptographicException)
        {
            await Console.Error.WriteLineAsync(ProgramAdvice.Tell(error)).ConfigureAwait(false);
            return 1;
        }
    }

    private static Caller LocalCaller(KmsEngine engine) => Caller.LocalUser(engine.Properties.AccountId) with { UserAgent = "KmsTools/Endpoint" };
}
