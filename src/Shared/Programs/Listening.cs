using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace KmsTools.Programs;

/// <summary>What programs that listen have in common.</summary>
internal static class Listening
{
    /// <summary>The address that a started server listens on; that of a Unix socket begins with http://unix:.</summary>
    public static string Url(WebApplication application) =>
        application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    /// <summary>Reads an IP address with a port, such as 127.0.0.1:9464 or [::1]:9464.</summary>
    public static bool TryReadEndPoint(string text, [NotNullWhen(true)] out IPEndPoint? address) =>
        IPEndPoint.TryParse(text, out address) && text.EndsWith($":{address.Port}", StringComparison.Ordinal);

    /// <summary>The error of an address that cannot be served.</summary>
    public static IOException CannotServe(EndPoint address, SocketException exception) => new(
        address is IPEndPoint ip
            ? $"Port {ip.Port} of {ip.Address} cannot be served: {exception.Message}."
            : $"The socket '{address}' cannot be served: {exception.Message}.",
        exception);
}
