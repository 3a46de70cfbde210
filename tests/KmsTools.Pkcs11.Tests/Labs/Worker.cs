using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;
using KmsTools.KeyStores;

namespace KmsTools.Pkcs11.Tests.Labs;

/// <summary>This executable as a second process at a lab's token, told what to do by its environment.</summary>
internal static class Worker
{
    private const string Marker = "KMSTOOLS_HSM_WORKER";

    /// <summary>Connects, works and disconnects again and again.</summary>
    public static void Work(HsmLab lab, int rounds)
    {
        for (int round = 0; round < rounds; round++)
        {
            using IHsmConnection connection = lab.Connect();
            Work(connection);
        }
    }

    /// <param name="lab">The lab.</param>
    /// <param name="rounds">How often it connects.</param>
    /// <param name="areApart">
    /// Whether each token is a cluster, all of them are connected to side by side, and someone looks at them meanwhile.
    /// </param>
    public static Process Start(SoftHsmLab lab, int rounds, bool areApart = false)
    {
        ProcessStartInfo start = new(Environment.ProcessPath!) { RedirectStandardError = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
        {
            start.ArgumentList.Add(typeof(Worker).Assembly.Location);
        }

        start.Environment["SOFTHSM2_CONF"] = lab.Configuration;
        start.Environment[Marker] = string.Join(
            '|', [lab.Library, $"{rounds}", $"{areApart}", .. lab.Cluster.Tokens
                .SelectMany(static token => new[] { token.TokenLabel, token.SerialNumber })]);
        return Process.Start(start)!;
    }

    [ModuleInitializer]
    public static void RunIfMarked()
    {
        if (Environment.GetEnvironmentVariable(Marker) is not { } orders)
        {
            return;
        }

        string[] parts = orders.Split('|');
        HsmCluster cluster = new()
        {
            ClusterId = "cluster-2abcdefghij",
            Library = parts[0],
            Tokens = [.. parts.Skip(3).Chunk(2).Select(static token => new HsmToken(token[0], token[1]))],
            TrustAnchorCertificate = "",
            CreationDate = DateTimeOffset.UnixEpoch,
        };
        try
        {
            using Pkcs11HsmProvider provider = new();
            if (bool.Parse(parts[2]))
            {
                ConnectApart(provider, cluster, int.Parse(parts[1]));
            }
            else
            {
                for (int round = 0; round < int.Parse(parts[1]); round++)
                {
                    using IHsmConnection connection = provider.Connect(cluster, Encoding.UTF8.GetBytes(HsmLab.UserPin));
                    Work(connection);
                }
            }
        }
        catch (HsmException exception)
        {
            Console.Error.WriteLine($"{exception.Failure}: {exception.Message}");
            Environment.Exit(1);
        }

        Environment.Exit(0);
    }

    private static void ConnectApart(Pkcs11HsmProvider provider, HsmCluster cluster, int rounds)
    {
        Task[] connecting =
        [
            .. cluster.Tokens.Select(token => Task.Factory.StartNew(
                () =>
                {
                    for (int round = 0; round < rounds; round++)
                    {
                        provider.Connect(cluster with { Tokens = [token] }, Encoding.UTF8.GetBytes(HsmLab.UserPin)).Dispose();
                    }
                },
                TaskCreationOptions.LongRunning)),
        ];
        Task all = Task.WhenAll(connecting);
        while (!all.IsCompleted)
        {
            _ = provider.ListTokens(cluster.Library);
        }

        all.GetAwaiter().GetResult();
    }

    private static void Work(IHsmConnection connection)
    {
        byte[] id = HsmLab.NewId();
        byte[] ciphertext = new byte[44];
        connection.GenerateKey("arn:worker", id);
        for (int message = 0; message < 20; message++)
        {
            connection.Encrypt(id, new byte[16], [], ciphertext);
            connection.Decrypt(id, ciphertext, [], new byte[16]);
        }

        _ = connection.ListKeys();
        connection.DestroyKey(id);
    }
}
