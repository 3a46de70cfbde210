using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace KmsTools.Benchmarks.Subjects;

/// <summary>Kestrel, set up as the endpoint does, that reads a request and answers with bytes that stay the same.</summary>
internal static class BareServer
{
    public const string Command = "serve-bare";

    /// <summary>Serves until standard input ends.</summary>
    public static async Task RunAsync(int bodySize)
    {
        byte[] body = new byte[bodySize];
        Array.Fill(body, (byte)'x');
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(static kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, 0);
        });
        WebApplication application = builder.Build();
        await using (application.ConfigureAwait(false))
        {
            ((IApplicationBuilder)application).Run(async http =>
            {
                await http.Request.Body.CopyToAsync(Stream.Null).ConfigureAwait(false);
                http.Response.ContentType = "application/x-amz-json-1.1";
                http.Response.ContentLength = body.Length;
                await http.Response.Body.WriteAsync(body).ConfigureAwait(false);
            });
            await application.StartAsync().ConfigureAwait(false);
            Console.WriteLine($"Ready: {application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()} serves nothing");
            while (await Console.In.ReadLineAsync().ConfigureAwait(false) is not null)
            {
            }

            await application.StopAsync().ConfigureAwait(false);
        }
    }
}
