// Uses the SDK of AWS for JavaScript and minio-js as their users do, with
// streams above all. Prints "PASS name" or "FAIL name: reason" of each step.
// Arguments: endpoint, access key ID, secret access key.
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import * as aws from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import * as minio from 'minio'

const [endpoint, accessKeyId, secretAccessKey] = process.argv.slice(2)
const Bucket = 'clients-' + randomBytes(4).toString('hex')
const big = randomBytes(11 << 20)
const sizes = { empty: Buffer.alloc(0), small: Buffer.from('report_id,name\n1,daily\n'), 'one chunk': randomBytes(64 << 10), chunks: randomBytes(300_001) }

async function step(name, run) {
  try {
    await run()
    console.log('PASS ' + name)
  } catch (err) {
    console.log('FAIL ' + name + ': ' + String(err.name + ' ' + err.message).split('\n')[0])
  }
}

// streamOf is a stream whose length nobody knows.
const streamOf = body => Readable.from((function* () {
  for (let at = 0; at < body.length; at += 50_000) yield body.subarray(at, at + 50_000)
})(), { objectMode: false })

async function all(stream) {
  const chunks = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}

const same = (got, want) => assert.ok(Buffer.compare(Buffer.from(got), want) === 0, `${got.length} bytes, want ${want.length}, or other ones`)
const code = expected => err => { assert.equal(err.name === 'S3Error' ? err.code : err.name, expected); return true }

const config = { endpoint, forcePathStyle: true, region: 'us-east-1', credentials: { accessKeyId, secretAccessKey }, maxAttempts: 1 }
const s3 = new aws.S3Client(config)
const send = (command, input) => s3.send(new aws[command + 'Command']({ Bucket, ...input }))

async function sdk() {
  await step('client-s3: create a bucket', () => send('CreateBucket', {}))
  await step('client-s3: head a bucket', () => send('HeadBucket', {}))
  await step('client-s3: list buckets', async () => {
    const out = await s3.send(new aws.ListBucketsCommand({}))
    assert.ok(out.Buckets.some(b => b.Name === Bucket) && out.Owner.DisplayName !== 'GoFakeS3')
  })
  for (const [name, body] of Object.entries(sizes)) {
    const Key = 'a b/ü ' + name
    await step(`client-s3: put and get, ${name}`, async () => {
      await send('PutObject', { Key, Body: body, Metadata: { n: name } })
      const got = await send('GetObject', { Key, ChecksumMode: 'ENABLED' })
      same(await got.Body.transformToByteArray(), body)
      assert.equal(got.Metadata.n, name)
    })
    await step(`client-s3: put a stream of known length, ${name}`, async () => {
      await send('PutObject', { Key, Body: streamOf(body), ContentLength: body.length })
      same(await (await send('GetObject', { Key })).Body.transformToByteArray(), body)
    })
    await step(`client-s3: put a stream in chunks, ${name}`, async () => {
      const client = new aws.S3Client({ ...config, requestStreamBufferSize: 64 << 10 })
      await client.send(new aws.PutObjectCommand({ Bucket, Key, Body: streamOf(body), ContentLength: body.length, ChecksumAlgorithm: 'SHA256' }))
      const head = await send('HeadObject', { Key, ChecksumMode: 'ENABLED' })
      assert.equal(head.ChecksumSHA256, createHash('sha256').update(body).digest('base64'))
    })
    await step(`client-s3: upload a stream of unknown length, ${name}`, async () => {
      await new Upload({ client: s3, params: { Bucket, Key, Body: streamOf(body) } }).done()
      same(await (await send('GetObject', { Key })).Body.transformToByteArray(), body)
    })
  }
  for (const ChecksumAlgorithm of ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256']) {
    await step(`client-s3: ${ChecksumAlgorithm} of a stream`, async () => {
      const put = await send('PutObject', { Key: 'sum', Body: streamOf(sizes.chunks), ContentLength: sizes.chunks.length, ChecksumAlgorithm })
      const head = await send('HeadObject', { Key: 'sum', ChecksumMode: 'ENABLED' })
      assert.ok(put['Checksum' + ChecksumAlgorithm] && put['Checksum' + ChecksumAlgorithm] === head['Checksum' + ChecksumAlgorithm])
    })
    await step(`client-s3: parts with ${ChecksumAlgorithm}`, async () => {
      const out = await new Upload({ client: s3, params: { Bucket, Key: 'big', Body: streamOf(big), ChecksumAlgorithm } }).done()
      assert.ok(out.Location.includes('big') && out['Checksum' + ChecksumAlgorithm] && out.ETag, JSON.stringify(out))
      same(await (await send('GetObject', { Key: 'big' })).Body.transformToByteArray(), big)
    })
  }
  await step('client-s3: range', async () => same(await (await send('GetObject', { Key: 'big', Range: 'bytes=100-199' })).Body.transformToByteArray(), big.subarray(100, 200)))
  await step('client-s3: head of a range', async () => {
    const head = await send('HeadObject', { Key: 'big', Range: 'bytes=100-199' })
    assert.deepEqual([head.ContentLength, head.ContentRange], [100, `bytes 100-199/${big.length}`])
  })
  await step('client-s3: head of a part', async () => assert.equal((await send('HeadObject', { Key: 'big', PartNumber: 1 })).PartsCount, 3))
  await step('client-s3: attributes', async () => assert.equal((await send('GetObjectAttributes', { Key: 'big', ObjectAttributes: ['ObjectSize', 'ETag'] })).ObjectSize, big.length))
  await step('client-s3: copy', async () => {
    const out = await send('CopyObject', { Key: 'copy', CopySource: Bucket + '/big', ChecksumAlgorithm: 'SHA256' })
    assert.equal(out.CopyObjectResult.ChecksumSHA256, createHash('sha256').update(big).digest('base64'))
  })
  await step('client-s3: tags of an object', async () => {
    await send('PutObject', { Key: 'tagged', Body: 'x', Tagging: 'a=1' })
    await send('PutObjectTagging', { Key: 'tagged', Tagging: { TagSet: [{ Key: 'b', Value: '2' }] } })
    assert.deepEqual((await send('GetObjectTagging', { Key: 'tagged' })).TagSet, [{ Key: 'b', Value: '2' }])
    await send('DeleteObjectTagging', { Key: 'tagged' })
    assert.equal((await send('GetObjectTagging', { Key: 'tagged' })).TagSet.length, 0)
  })
  await step('client-s3: uploads and parts are listed, and aborted', async () => {
    const { UploadId } = await send('CreateMultipartUpload', { Key: 'unfinished' })
    await send('UploadPart', { Key: 'unfinished', UploadId, PartNumber: 1, Body: 'part' })
    await send('UploadPartCopy', { Key: 'unfinished', UploadId, PartNumber: 2, CopySource: Bucket + '/big' })
    assert.equal((await send('ListMultipartUploads', {})).Uploads[0].UploadId, UploadId)
    assert.equal((await send('ListParts', { Key: 'unfinished', UploadId })).Parts.length, 2)
    await send('AbortMultipartUpload', { Key: 'unfinished', UploadId })
  })
  await step('client-s3: if-none-match', async () => {
    await send('PutObject', { Key: 'once', Body: 'x', IfNoneMatch: '*' })
    await assert.rejects(send('PutObject', { Key: 'once', Body: 'y', IfNoneMatch: '*' }), code('PreconditionFailed'))
  })
  await step('client-s3: presigned', async () => {
    const put = await fetch(await getSignedUrl(s3, new aws.PutObjectCommand({ Bucket, Key: 'signed' })), { method: 'PUT', body: 'signed' })
    assert.equal(put.status, 200)
    const get = await fetch(await getSignedUrl(s3, new aws.GetObjectCommand({ Bucket, Key: 'signed' })))
    assert.equal(await get.text(), 'signed')
  })
  await step('client-s3: errors', async () => {
    await assert.rejects(send('GetObject', { Key: 'none' }), code('NoSuchKey'))
    await assert.rejects(send('GetObject', { Bucket: 'no-such-bucket', Key: 'none' }), code('NoSuchBucket'))
    await assert.rejects(send('PutObject', { Key: 'x', Body: 'x', StorageClass: 'NONE' }), code('InvalidStorageClass'))
    const stranger = new aws.S3Client({ ...config, credentials: { accessKeyId, secretAccessKey: 'wrong' } })
    await assert.rejects(stranger.send(new aws.ListBucketsCommand({})), code('SignatureDoesNotMatch'))
  })
  await step('client-s3: list and delete all', async () => {
    const keys = []
    for await (const page of aws.paginateListObjectsV2({ client: s3, pageSize: 3 }, { Bucket })) keys.push(...page.Contents.map(o => ({ Key: o.Key })))
    assert.ok(keys.length > 8)
    assert.equal((await send('DeleteObjects', { Delete: { Objects: keys } })).Deleted.length, keys.length)
  })
  await step('client-s3: delete the bucket', () => send('DeleteBucket', {}))
}

async function minioJS() {
  const url = new URL(endpoint)
  const c = new minio.Client({ endPoint: url.hostname, port: Number(url.port), useSSL: false, accessKey: accessKeyId, secretKey: secretAccessKey, region: 'us-east-1', partSize: 5 << 20 })
  await step('minio-js: make a bucket', () => c.makeBucket(Bucket, 'us-east-1'))
  await step('minio-js: a bucket exists', async () => assert.ok(await c.bucketExists(Bucket)))
  await step('minio-js: list buckets', async () => assert.ok((await c.listBuckets()).some(b => b.name === Bucket)))
  for (const [name, body] of Object.entries({ ...sizes, big })) {
    await step(`minio-js: put a buffer, ${name}`, async () => {
      await c.putObject(Bucket, name, body, body.length, { 'X-Amz-Meta-N': 'v' })
      same(await all(await c.getObject(Bucket, name)), body)
      assert.equal((await c.statObject(Bucket, name)).metaData.n, 'v')
    })
    await step(`minio-js: put a stream, ${name}`, async () => {
      await c.putObject(Bucket, name, streamOf(body), body.length)
      same(await all(await c.getObject(Bucket, name)), body)
    })
    // Of no bytes it would complete an upload without parts, which AWS refuses too.
    if (body.length > 0) await step(`minio-js: put a stream of unknown length, ${name}`, async () => {
      await c.putObject(Bucket, name, streamOf(body))
      same(await all(await c.getObject(Bucket, name)), body)
    })
  }
  await step('minio-js: a part of an object', async () => same(await all(await c.getPartialObject(Bucket, 'big', 100, 100)), big.subarray(100, 200)))
  await step('minio-js: copy', async () => {
    await c.copyObject(Bucket, 'copy', `/${Bucket}/big`)
    same(await all(await c.getObject(Bucket, 'copy')), big)
  })
  await step('minio-js: compose', async () => {
    const sources = ['big', 'small'].map(Object => new minio.CopySourceOptions({ Bucket, Object }))
    await c.composeObject(new minio.CopyDestinationOptions({ Bucket, Object: 'composed' }), sources)
    same(await all(await c.getObject(Bucket, 'composed')), Buffer.concat([big, sizes.small]))
  })
  await step('minio-js: tags of an object', async () => {
    await c.setObjectTagging(Bucket, 'small', { a: '1' })
    assert.deepEqual(await c.getObjectTagging(Bucket, 'small'), [{ Key: 'a', Value: '1' }])
    await c.removeObjectTagging(Bucket, 'small')
  })
  await step('minio-js: unfinished uploads', async () => {
    await c.initiateNewMultipartUpload(Bucket, 'unfinished', {})
    assert.equal((await items(c.listIncompleteUploads(Bucket, '', true))).length, 1)
    await c.removeIncompleteUpload(Bucket, 'unfinished')
  })
  await step('minio-js: presigned', async () => {
    assert.equal((await fetch(await c.presignedPutObject(Bucket, 'signed', 60), { method: 'PUT', body: 'signed' })).status, 200)
    assert.equal(await (await fetch(await c.presignedGetObject(Bucket, 'signed', 60))).text(), 'signed')
  })
  await step('minio-js: errors', () => assert.rejects(c.getObject(Bucket, 'none'), code('NoSuchKey')))
  await step('minio-js: list, V1 and V2', async () => {
    assert.deepEqual((await items(c.listObjects(Bucket, '', true))).map(o => o.name), (await items(c.listObjectsV2(Bucket, '', true))).map(o => o.name))
  })
  await step('minio-js: remove all', async () => c.removeObjects(Bucket, (await items(c.listObjectsV2(Bucket, '', true))).map(o => o.name)))
  await step('minio-js: remove the bucket', () => c.removeBucket(Bucket))
}

async function items(stream) {
  const found = []
  for await (const item of stream) found.push(item)
  return found
}

await sdk()
await minioJS()
