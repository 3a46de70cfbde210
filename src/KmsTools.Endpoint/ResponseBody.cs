using System.Buffers;
using KmsTools.Http;

namespace KmsTools.Endpoint;

/// <summary>Writes the body of a response.</summary>
internal static class ResponseBody
{
    /// <summary>Writes the body into the same buffer as the head; both are sent in one write when the request ends.</summary>
    public static void Write(HttpResponse response, Action<PooledBuffer> write)
    {
        using PooledBuffer buffer = new();
        write(buffer);
        response.ContentLength = buffer.WrittenSpan.Length;
        response.Headers.CacheControl = "no-store";
        response.BodyWriter.Write(buffer.WrittenSpan);
    }
}
